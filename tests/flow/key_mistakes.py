"""Wrong keys of a step, its kind's own ones too; `# <-` marks the line that must be named."""

from __future__ import annotations

# Changes of the good flow: code, a piece of the message, the steps.
KEYS: tuple[tuple[str, str, str], ...] = (
    ("wrong_value", "must be of type object", "contact: {fields: [a]} # <-"),
    (
        "unknown_key",
        "'fields.shoe.size': allowed are needs, public, required, title, type",
        "contact: {fields: {shoe: {size: 9}}} # <-",
    ),
    (
        "unknown_key",
        "'fields.title.size': allowed are needs, public",
        "contact: {fields: {title: {size: 9}}} # <-",
    ),
    ("unknown_key", "deadline, fields, needs", "contact: {feilds: {}} # <-"),
    (
        "wrong_value",
        "fields.a.public: must be of type boolean",
        "contact: {fields: {a: {public: 1}}} # <-",
    ),
    (
        "wrong_value",
        "fields.a.title: must be of type string",
        "contact: {fields: {a: {title: 1}}} # <-",
    ),
    (
        "wrong_value",
        "fields.a.title: must be of type string",
        "contact: {fields: {a: {title: null}}} # <-",
    ),
    (
        "wrong_value",
        "fields.a.needs.0: must be of type string",
        "contact: {fields: {a: {needs: [1]}}} # <-",
    ),
    (
        "wrong_value",
        "fields.a.needs: must be of type array",
        "contact: {fields: {a: {needs: b}}} # <-",
    ),
    (
        "wrong_value",
        "fields.a: must be of type object: allowed are needs, public, required, title, type",
        "contact: {fields: {a: 3}} # <-",
    ),
    (
        "wrong_value",
        "retry: must be of type object: allowed are attempts",
        "stock: {retry: 3} # <-",
    ),
    ("wrong_value", "needs.1: must be of type string", "stock: {needs: [contact, 3]} # <-"),
    ("wrong_value", "pivot: must be of type boolean", "stock: {pivot: yes} # <-"),
    ("wrong_value", "part of the model already", "contact: {fields: {email: {}}} # <-"),
    (
        "wrong_value",
        "fields.shoe.type: must be one of 'boolean', 'integer' or 'string'",
        "contact: {fields: {shoe: {type: size}}} # <-",
    ),
    ("wrong_value", "on_decline: must be one of 'edit', 'skip'", "stock: {on_decline: no} # <-"),
    (
        "wrong_value",
        "retry.attempts: must be greater than or equal to 1",
        "stock: {retry: {attempts: 0}} # <-",
    ),
    (
        "wrong_value",
        "retry.attempts: must be of type integer",
        "stock: {retry: {attempts: 1.5}} # <-",
    ),
)
