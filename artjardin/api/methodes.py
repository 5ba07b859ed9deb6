"""The methods that a page answers: it is read, or a form is posted. The others are the API's."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

DES_PAGES = ["GET", "HEAD", "OPTIONS", "POST"]


def methodes_des_pages(
    suite: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse the rest before anything is looked up: the admin takes a PUT or a DELETE for a GET."""

    def repondre(requete: HttpRequest) -> HttpResponse:
        if requete.method in DES_PAGES or requete.path.startswith("/api/"):
            return suite(requete)
        return HttpResponseNotAllowed(DES_PAGES)

    return repondre
