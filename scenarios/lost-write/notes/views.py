from django.http import JsonResponse
from django.urls import path

from notes.models import Note


def view(request):
    notes = Note.objects.order_by("id")
    return JsonResponse([note.text for note in notes], safe=False)


def add(request, item):
    Note.objects.create(text=item)
    return view(request)


urlpatterns = [path("view", view), path("add/<item>", add)]
