import logging

from django.http import JsonResponse
from django.urls import path

items = []


def add(request, item):
    items.append(item)
    return JsonResponse(items, safe=False)


def view(request):
    logging.getLogger("shop").info("viewed")
    return JsonResponse(items, safe=False)


def boom(request):
    raise ValueError("boom")


urlpatterns = [path("add/<item>", add), path("view", view), path("boom", boom)]
