"""Elasticsearch mappings for the events, by their JSON Schema (exporter/codec/event.schema.json).

  component(schema)     the body for PUT _component_template/logs-wireguard.audit@mappings

Prefixes are keywords, not ip_range: a range that Elasticsearch cannot read would reject the whole
event. `related.ip` has those that are one address.
"""
DATE_PATTERN = "^[0-9]{4}-"
ADDRESS_PATTERN = "^[0-9a-f.:]{2,45}$"
SENTENCES = {"message", "wireguard.finding.detail", "wireguard.inventory.problems"}
KEYWORD = {"type": "keyword", "ignore_above": 1024}


def mapping_of(path, schema):
    """Of one field; Elasticsearch has no lists, a field holds one value or many."""
    if schema["type"] == "array":
        schema = schema["items"]
    if schema["type"] in ("integer", "boolean"):
        return {"type": "long" if schema["type"] == "integer" else "boolean"}
    if path in SENTENCES:
        return {"type": "match_only_text"}
    pattern = schema.get("pattern", "")
    if pattern.startswith(DATE_PATTERN):
        return {"type": "date"}
    if pattern == ADDRESS_PATTERN:
        return {"type": "ip"}
    return dict(KEYWORD)


def properties_of(schema, path=""):
    result = {}
    for name, member in sorted(schema["properties"].items()):
        inner = f"{path}.{name}" if path else name
        result[name] = ({"properties": properties_of(member, inner)}
                        if member["type"] == "object" else mapping_of(inner, member))
    return result


def component(schema):
    # What a newer wgaudit adds below wireguard is searchable before the template is renewed.
    new_texts = {"path_match": "wireguard.*", "match_mapping_type": "string", "mapping": KEYWORD}
    return {
        "template": {"mappings": {
            "date_detection": False,
            "dynamic_templates": [{"new_texts_of_wgaudit": new_texts}],
            "properties": properties_of(schema)}},
        "_meta": {"description": "Fields of wgaudit's events, by event.schema.json",
                  "ecs_version": schema["properties"]["ecs"]["properties"]["version"]["const"]}}
