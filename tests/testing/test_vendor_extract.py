"""An extract keeps the structure of what is named, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from unshackled.authoring.vendor_extract import extract, written
from unshackled.authoring.vendor_sources import SchemaError
from unshackled.testing.vendor_schema import VendorSchema

PETS: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "7", "description": "Long prose."},
    "servers": [
        {
            "url": "https://{area}.pets.example/v1",
            "variables": {"area": {"default": "eu", "description": "prose"}},
        }
    ],
    "paths": {
        "/pets/{petId}": {
            "parameters": [{"$ref": "#/components/parameters/petId"}],
            "get": {
                "summary": "prose",
                "responses": {
                    200: {
                        "description": "prose",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Pet"},
                                "example": {"name": "prose"},
                            }
                        },
                    },
                    "default": {"$ref": "#/components/responses/Wrong"},
                },
            },
            "delete": {"responses": {"204": {"description": "prose"}}},
        }
    },
    "components": {
        "parameters": {
            "petId": {
                "name": "petId",
                "in": "path",
                "required": True,
                "description": "prose",
                "schema": {"type": "string"},
            }
        },
        "responses": {
            "Wrong": {
                "description": "prose",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Oops"}}},
            }
        },
        "schemas": {
            "Oops": {"type": "object", "properties": {"code": {"type": "string"}}},
            "Unused": {"type": "object"},
            "Pet": {
                "type": "object",
                "title": "prose",
                "required": ["name"],
                "x-internal": True,
                "properties": {
                    "name": {"type": "string", "description": "prose", "example": "Rex"},
                    "born": {"type": "string", "nullable": True, "format": "date"},
                    "kind": {"type": "string", "enum": ["cat", "dog"], "nullable": True},
                    "age": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
                    "mother": {"allOf": [{"$ref": "#/components/schemas/Pet"}], "nullable": True},
                    "owner": {"$ref": "#/components/schemas/Owner"},
                    "tags": {"type": "array", "items": {"type": "string", "pattern": "(?P<"}},
                    "either": {
                        "oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/Owner"}]
                    },
                },
            },
            "Owner": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "address": {
                        "type": "object",
                        "properties": {"lines": {"type": "array", "items": {"type": "object"}}},
                    },
                },
            },
        },
    },
}
OLD: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Old", "version": "1"},
    "host": "old.example",
    "basePath": "/api",
    "schemes": ["https"],
    "securityDefinitions": {"key": {"type": "apiKey", "in": "query", "name": "api_key"}},
    "parameters": {"page": {"name": "page", "in": "query", "type": "integer"}},
    "definitions": {"Thing": {"type": "object", "properties": {"id": {"type": "integer"}}}},
    "paths": {
        "/things": {
            "post": {
                "parameters": [
                    {
                        "name": "body",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Thing"},
                    },
                    {"$ref": "#/parameters/page"},
                ],
                "responses": {
                    "200": {"description": "prose", "schema": {"$ref": "#/definitions/Thing"}}
                },
            }
        },
        "/forms": {
            "post": {
                "parameters": [
                    {"name": "a", "in": "formData", "required": True, "type": "integer"},
                    {"name": "b", "in": "formData", "type": "file"},
                ],
                "responses": {"204": {"description": "prose"}},
            }
        },
    },
}


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    path = tmp_path / "pets.yaml"
    path.write_text(yaml.safe_dump(PETS))
    return path


def schemas(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made["components"]["schemas"]
    return found


def test_no_prose_comes_along(pets: Path) -> None:
    """Descriptions, examples, titles and extensions stay with the vendor."""
    text = written(extract([pets], operations=["GET /pets/{id}", "DELETE /pets/{id}"])).decode()
    assert "prose" not in text
    assert "Rex" not in text
    assert "x-internal" not in text
    assert set(schemas(json.loads(text))) == {"Pet", "Owner", "Oops"}


def test_the_same_document_gives_the_same_bytes(pets: Path, tmp_path: Path) -> None:
    """Whether it is JSON or YAML, and in whatever order things are named."""
    as_json = tmp_path / "pets.json"
    as_json.write_text(json.dumps(PETS))
    both = ["GET /pets/{id}", "DELETE /pets/{id}"]
    one = written(extract([pets], operations=both))
    assert one == written(extract([as_json], operations=both[::-1]))


def test_what_lies_deeper_may_be_anything(pets: Path) -> None:
    """`depth` counts objects: scalars of the last one are kept, what is below it is cut."""
    one = schemas(extract([pets], operations=["GET /pets/{id}"], depth=1))
    assert set(one) == {"Pet", "Oops"}
    assert one["Pet"]["properties"]["name"] == {"type": "string"}
    assert one["Pet"]["properties"]["owner"] == {"type": "object"}
    two = schemas(extract([pets], operations=["GET /pets/{id}"], depth=2))
    assert two["Owner"]["properties"]["address"] == {"type": "object"}
    assert (
        "properties"
        in schemas(extract([pets], operations=["GET /pets/{id}"]))["Owner"]["properties"]["address"]
    )


def test_the_words_of_3_0_become_those_of_3_1(pets: Path) -> None:
    """`nullable` is a type, an exclusive bound a number, a choice may fit twice."""
    pet = schemas(extract([pets], operations=["GET /pets/{id}"]))["Pet"]["properties"]
    assert pet["born"] == {"type": ["string", "null"], "format": "date"}
    assert pet["kind"] == {"type": ["string", "null"], "enum": ["cat", "dog", None]}
    assert pet["age"] == {"type": "integer", "exclusiveMinimum": 0}
    assert pet["mother"]["anyOf"][1] == {"type": "null"}
    assert "oneOf" not in pet["either"]
    assert pet["tags"]["items"] == {"type": "string"}


def test_variables_of_a_server_have_their_defaults(pets: Path) -> None:
    """So that its path is known."""
    made = extract([pets], operations=["GET /pets/{id}"])
    assert made["servers"] == [{"url": "https://eu.pets.example/v1"}]


def test_swagger_2_is_told_in_the_words_of_openapi_3(tmp_path: Path) -> None:
    """Bodies, forms, shared parameters, keys in the query."""
    path = tmp_path / "old.json"
    path.write_text(json.dumps(OLD))
    made = extract([path], operations=["POST /things", "POST /forms"])
    assert made["servers"] == [{"url": "https://old.example/api"}]
    thing = made["paths"]["/things"]["post"]
    assert thing["parameters"] == [{"name": "page", "in": "query", "schema": {"type": "integer"}}]
    place = {"$ref": "#/components/schemas/Thing"}
    assert thing["requestBody"]["content"]["application/json"]["schema"] == place
    assert thing["responses"]["200"]["content"]["application/json"]["schema"] == place
    form = made["paths"]["/forms"]["post"]["requestBody"]["content"]
    assert form["application/x-www-form-urlencoded"]["schema"]["required"] == ["a"]
    assert made["components"]["securitySchemes"] == {
        "key": {"type": "apiKey", "in": "query", "name": "api_key"}
    }


def test_a_document_may_refer_to_files_beside_it(tmp_path: Path) -> None:
    """Schemas of one name from two files keep apart."""
    shared = {"components": {"schemas": {"Pet": {"type": "object", "properties": {"far": {}}}}}}
    (tmp_path / "shared.yaml").write_text(yaml.safe_dump(shared))
    near = json.loads(json.dumps(PETS))
    near["components"]["schemas"]["Pet"]["properties"]["twin"] = {
        "$ref": "./shared.yaml#/components/schemas/Pet"
    }
    (tmp_path / "pets.json").write_text(json.dumps(near))
    made = schemas(extract([tmp_path / "pets.json"], operations=["GET /pets/{id}"]))
    assert made["Pet_2"] == {"type": "object", "properties": {"far": {}}}


def test_yaml_means_what_it_says(tmp_path: Path) -> None:
    """`NO` is a country and a date is text; `true` is true."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "paths: {/a: {get: {responses: {200: {content: {application/json: {schema: "
        "{type: object, additionalProperties: false, properties: {c: {enum: [NO, GB, 2026-11-22]}}}"
        "}}}}}}}"
    )
    body = extract([path], operations=["GET /a"])["paths"]["/a"]["get"]["responses"]["200"]
    schema = body["content"]["application/json"]["schema"]
    assert schema["properties"]["c"]["enum"] == ["NO", "GB", "2026-11-22"]
    assert schema["additionalProperties"] is False


def test_callbacks_come_from_webhooks_or_from_a_schema(pets: Path, tmp_path: Path) -> None:
    """Either way they are `webhooks` of the extract."""
    hooked = tmp_path / "hooked.json"
    hook: dict[str, Any] = {
        "post": {"requestBody": {"content": {"application/json": {"schema": {}}}}}
    }
    hooked.write_text(json.dumps({"openapi": "3.1.0", "webhooks": {"pet.born": hook}}))
    made = extract([pets, hooked], webhooks=["pet.born"], callbacks=["Owner"])
    assert set(made["webhooks"]) == {"pet.born", "Owner"}
    assert (
        list(VendorSchema(made).callback_mistakes(b"{}", {"Content-Type": "application/json"}))
        == []
    )


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"operations": ["GET /dogs"]}, "GET /dogs"),
        ({"operations": ["PUT /pets/{id}"]}, "PUT /pets"),
        ({"webhooks": ["pet.died"]}, "pet.died"),
        ({"callbacks": ["Dog"]}, "Dog"),
    ],
)
def test_what_is_not_there_is_named(pets: Path, how: dict[str, Any], told: str) -> None:
    """A word misspelt is told."""
    with pytest.raises(SchemaError, match=told):
        extract([pets], **how)


@pytest.mark.parametrize("text", ["[", "- a", "\x00"])
def test_what_is_no_document_is_told(tmp_path: Path, text: str) -> None:
    """By the name of the file, without its text."""
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(SchemaError, match=r"wrong\.yaml"):
        extract([path], operations=["GET /a"])


def test_a_reference_elsewhere_is_told(tmp_path: Path) -> None:
    """Nothing is fetched; what points nowhere is named."""
    for ref in ("https://elsewhere.example/a.yaml#/x", "#/components/schemas/None"):
        path = tmp_path / "a.json"
        answer = {"content": {"application/json": {"schema": {"$ref": ref}}}}
        path.write_text(json.dumps({"paths": {"/a": {"get": {"responses": {"200": answer}}}}}))
        with pytest.raises(SchemaError, match=ref):
            extract([path], operations=["GET /a"])
