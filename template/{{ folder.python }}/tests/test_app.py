from fastapi.testclient import TestClient


def test_the_service_says_that_it_is_healthy(client: TestClient) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_a_guest_is_greeted_in_the_words_of_the_settings(client: TestClient) -> None:
    response = client.post("/greetings", json={"name": "Ada"})

    assert response.status_code == 200
    assert response.json() == {"message": "Welcome, Ada!"}


def test_a_guest_without_a_name_is_refused(client: TestClient) -> None:
    assert client.post("/greetings", json={"name": ""}).status_code == 422
