"""What a view reads out of a request, by its signature and its source."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from django import forms
from fastapi import Body, Form
from pydantic import BaseModel

from simulator.launcher.fields import fields_of

request: Any = None


def flask_form():
    title = request.form["title"]
    count = int(request.form.get("count", 1))
    return title, count


def flask_json():
    return request.json["name"], request.get_json(force=True)["pages"]


def django_view(request):
    if request.method == "POST":
        return request.POST.get("text"), request.POST["text"], request.GET["page"]
    return None


class NoteForm(forms.Form):
    text = forms.CharField()
    stars = forms.IntegerField()
    remark = forms.CharField(required=False)


def django_form(request):
    form = NoteForm(request.POST or None)
    return form.is_valid()


class Note(BaseModel):
    stars: int
    text: str
    tag: str = ""


def fastapi_model(note: Note, x: Annotated[str, Body()] = ""):
    return note


def fastapi_form(name: Annotated[str, Form()], age: Annotated[int, Form()]):
    return name, age


def fastapi_query(item: str):
    return item


def broken_annotation(item: NoSuchThing):  # noqa: F821
    return item


class Shelf:
    def get(self, request):
        return request.POST["nothing"]

    def post(self, request):
        return request.POST["book"]


def shelf(request):
    return Shelf()


shelf.view_class = Shelf


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (flask_form, [("form", "title", True), ("form", "count", False)]),
        (flask_json, [("json", "name", True), ("json", "pages", True)]),
        (django_view, [("form", "text", True)]),
        (django_form, [("form", "text", True), ("form", "stars", False)]),
        (fastapi_model, [("json", "stars", False), ("json", "text", True)]),
        (fastapi_form, [("form", "name", True), ("form", "age", False)]),
        (fastapi_query, [("query", "item", True)]),
        (shelf, [("form", "book", True)]),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_a_view_reads(view, expected):
    assert fields_of([("/add", ("POST",), view)]) == {"/add": expected}


@pytest.mark.parametrize("view", [broken_annotation, len, None, object()])
def test_what_cannot_be_seen_is_left_out(view):
    assert fields_of([("/add", ("POST",), view)]) == {}


def test_pages_that_are_only_fetched_are_not_asked():
    assert fields_of([("/", ("GET",), flask_form)]) == {}
    assert fields_of([("/", (), django_view)]) == {"/": [("form", "text", True)]}
