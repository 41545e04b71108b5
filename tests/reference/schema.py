"""Enough of JSON Schema 2020-12 to check an answer against the document that describes it."""

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float),
         "integer": int}


def resolved(document, node):
    """What a reference stands for; anything else is itself."""
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        rest = {name: value for name, value in node.items() if name != "$ref"}
        if rest:  # a reference with keywords beside it: both hold
            return {"allOf": [target, rest]}
        node = target
    return node


def is_a(value, name):
    if name in ("integer", "number") and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[name])


def problems(document, schema, value, at="$"):
    """Why the value does not fit, one sentence each. A keyword that is not known here is a problem too."""
    schema = resolved(document, schema)
    out = []
    for word, rule in schema.items():
        if word == "type":
            if not is_a(value, rule):
                return out + [f"{at} is no {rule}"]
        elif word == "allOf":
            for each in rule:
                out += problems(document, each, value, at)
        elif word == "anyOf":
            if all(problems(document, each, value, at) for each in rule):
                out.append(f"{at} fits none of {len(rule)}")
        elif word == "const":
            if value != rule:
                out.append(f"{at} is {value!r}, not {rule!r}")
        elif word == "enum":
            if value not in rule:
                out.append(f"{at} is {value!r}, none of {rule}")
        elif word == "required":
            out += [f"{at}.{name} is missing" for name in rule if isinstance(value, dict) and name not in value]
        elif word == "properties":
            if isinstance(value, dict):
                for name, each in rule.items():
                    if name in value:
                        out += problems(document, each, value[name], f"{at}.{name}")
        elif word == "additionalProperties":
            for name in value if isinstance(value, dict) else ():
                if name not in schema.get("properties", {}):
                    out += problems(document, rule, value[name], f"{at}.{name}")
        elif word == "items":
            for i, item in enumerate(value if isinstance(value, list) else ()):
                out += problems(document, rule, item, f"{at}[{i}]")
        elif word in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
            size = value if word.endswith("imum") else len(value)
            if size < rule if word.startswith("min") else size > rule:
                out.append(f"{at} is out of bounds: {word} {rule}")
        elif word not in ("title", "description", "format", "examples", "writeOnly", "contentMediaType"):
            out.append(f"{at}: the keyword {word} is not known")
    return out


def undeclared(document, schema, value, at="$"):
    """Members of the value that the schema says nothing of."""
    schema = resolved(document, schema)
    out = []
    if isinstance(value, dict):
        parts = [resolved(document, part) for part in [schema, *schema.get("allOf", [])]]
        for name, inner in value.items():
            known = [part["properties"][name] for part in parts if name in part.get("properties", {})]
            known += [part["additionalProperties"] for part in parts if "additionalProperties" in part]
            if not known and any("properties" in part for part in parts):
                out.append(f"{at}.{name}")
            for each in known:
                out += undeclared(document, each, inner, f"{at}.{name}")
    elif isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            out += undeclared(document, schema["items"], item, f"{at}[{i}]")
    return out
