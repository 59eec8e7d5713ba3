from django.shortcuts import redirect, render

messages = []


def board(request):
    if request.method == "POST":
        messages.append(request.POST["text"])
        return redirect("/")
    return render(request, "board.html", {"messages": messages})
