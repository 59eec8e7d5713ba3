"""Addresses."""

from django.contrib.auth.views import LoginView
from django.urls import path
from notes.views import notes

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("notes/", notes, name="notes"),
]
