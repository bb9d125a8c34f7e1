"""Reads every list to its end with a client that a generator wrote from openapi.json alone, and tells how many rows each has:
PYTHONPATH=… python client.py URL openapi.json. One row of each list is then read by its address, with its syntheses."""

import importlib
import json
import os
import sys
from urllib.parse import parse_qs, urlsplit

from gardel_client import AuthenticatedClient

site, document = sys.argv[1:3]
client = AuthenticatedClient(base_url=site, token=os.environ["JETON_API"], raise_on_unexpected_status=True)
paths = json.load(open(document))["paths"]


def operation(path, method="get"):
    """The function that the generator wrote for an operation."""
    described = paths[path][method]
    tag = described.get("tags", ["default"])[0]
    return importlib.import_module(f"gardel_client.api.{tag}.{described['operationId']}")


for path in paths:
    name = path.removeprefix("/api/v1/")
    if not name or "/" in name or name.startswith("/") or "get" not in paths[path]:
        continue
    rows, after, first = 0, None, None
    while True:
        place = {"apres": after} if after else {}
        page = operation(path).sync(client=client, taille=200, **place)
        assert hasattr(page, "donnees"), f"{name}: {page}"
        rows += len(page.donnees)
        first = first or (page.donnees[0].id if page.donnees else None)
        if not page.suivante:
            break
        after = parse_qs(urlsplit(page.suivante).query)["apres"][0]
    print(name, rows)
    if first is not None:
        one = operation(path + "/{id}").sync(first, client=client)
        assert one.id == first, f"{name}: {one}"
    counted = operation(path + "/synthese").sync(client=client).donnees
    total = counted[0].additional_properties["nombre"] if counted else 0
    # The journal grows by what is read here.
    assert total == rows or name in ("journal", "travaux"), f"{name}: {total} counted, {rows} read"
