"""One page: the notes of whoever is logged in, and a form for the next one."""

from importlib import import_module

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render

storage = import_module(f"notes.storage.{settings.NOTES_STORAGE}")


class NoteForm(forms.Form):
    text = forms.CharField(max_length=200)


@login_required
def notes(request):
    form = NoteForm(request.POST or None)
    if form.is_valid():
        storage.add(request.user, form.cleaned_data["text"])
        return redirect("notes")
    return render(request, "notes/notes.html", {"notes": storage.notes_of(request.user), "form": form})
