from django.http import JsonResponse
from django.urls import include, path
from django.views import View

cart = []


class Cart(View):
    def get(self, request):
        return JsonResponse(cart, safe=False)

    def post(self, request):
        cart.append(request.POST["item"])
        return self.get(request)


def order(request, pk):
    return JsonResponse({"order": pk})


urlpatterns = [path("shop/", include([path("cart", Cart.as_view()), path("order/<int:pk>", order)]))]
