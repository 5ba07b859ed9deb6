"""Pages are read, or a form is posted: what is not the API answers no other method."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("methode", ["put", "patch", "delete", "trace"])
@pytest.mark.parametrize("page", ["/", "/admin/", "/admin/clients/client/", "/live"])
def test_other_methods_are_refused_to_a_patron_too(methode, page, http):
    reponse = getattr(http, methode, http.generic)(
        *[page] if methode != "trace" else ["TRACE", page]
    )

    assert reponse.status_code == 405
    assert reponse.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_reading_and_posting_go_on(http):
    assert http.get("/admin/clients/client/").status_code == 200
    assert http.head("/live").status_code == 200
    assert http.options("/live").status_code == 200


@pytest.mark.parametrize("methode", ["put", "patch", "delete"])
def test_the_api_answers_for_itself(methode, http):
    """A method that a view lacks is told by the view, in the shape of the API."""
    reponse = getattr(http, methode)("/api/v1/executions/")

    assert (reponse.status_code, reponse.json()["code"]) == (405, "method_not_allowed")
