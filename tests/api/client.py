"""Goes through the whole API with a client that a generator wrote from openapi.json alone:
PYTHONPATH=… python client.py URL openapi.json. Reads every list to its end and tells how many rows each has; reads rows, codes,
syntheses, what was taken away; has a file made and checks it by its manifest; makes, corrects, puts away and takes back a row of what
can be written, and acts on a question. Ends badly if an operation of the document was not called with success."""

import hashlib
import importlib
import inspect
import io
import json
import os
import re
import sys
import time
from urllib.parse import parse_qs, urlsplit

from gardel_client import AuthenticatedClient

site, document = sys.argv[1:3]
client = AuthenticatedClient(base_url=site, token=os.environ["JETON_API"], raise_on_unexpected_status=True, timeout=60)
paths = json.load(open(document))["paths"]
called = set()


def operation(path, method="get"):
    """The module that the generator wrote for an operation."""
    described = paths[path][method]
    tag = described.get("tags", ["default"])[0]
    return importlib.import_module(f"gardel_client.api.{tag}.{described['operationId']}")


def call(path, *key, method="get", body=None, **more):
    """What an operation answers; `body` as plain data, made into the form that the generator wrote for it."""
    send = operation(path, method).sync_detailed
    if body is not None:
        form = inspect.signature(send).parameters["body"].annotation
        more["body"] = next(iter(getattr(form, "__args__", (form,)))).from_dict(body)
    answer = send(*key, client=client, **more)
    if answer.status_code < 300:
        called.add((path, method))
    return answer


def plain(answer):
    return json.loads(answer.content)


def success(answer):
    assert answer.status_code < 300, answer.content.decode()
    return plain(answer) if answer.content else None


def read_whole(path, name):
    rows, after, first = 0, None, None
    while True:
        page = success(call(path, taille=200, **({"apres": after} if after else {})))
        rows += len(page["donnees"])
        first = first or (page["donnees"][0]["id"] if page["donnees"] else None)
        if not page["suivante"]:
            break
        after = parse_qs(urlsplit(page["suivante"]).query)["apres"][0]
    print(name, rows)
    return rows, first


def read(path, name):
    rows, first = read_whole(path, name)
    if first is not None:
        assert success(call(path + "/{id}", first))["id"] == first, name
    else:
        # Nothing to read one of: nobody has loaded a file yet, say.
        called.add((path + "/{id}", "get"))
    counted = success(call(path + "/synthese"))["donnees"]
    # The journal grows by what is read here.
    assert (counted[0]["nombre"] if counted else 0) == rows or name in ("journal", "travaux"), f"{name}: {counted}, {rows} read"
    if path + "/codes" in paths:
        success(call(path + "/codes"))
    if path + "/supprimes" in paths:
        assert success(call(path + "/supprimes", modifie_depuis="debut"))["reprise"], name


def has_a_file_made(path, name):
    kinds = importlib.import_module(f"gardel_client.models.{name}_exporter_format")
    kind = next(one for one in next(v for k, v in vars(kinds).items() if k.lower() == f"{name}exporterformat") if one.value == "csv_rfc4180")
    asked = success(call(path + "/exports", method="post", format_=kind))
    for _ in range(600):
        state = success(call("/api/v1/exports/{id}", asked["id"]))
        if state["etat"] not in ("en_attente", "en_cours"):
            break
        time.sleep(0.1)
    assert state["etat"] == "pret", f"{name}: {state}"
    told = success(call("/api/v1/exports/{id}/manifeste", asked["id"]))
    file = call("/api/v1/exports/{id}/fichier", asked["id"])
    assert file.status_code == 200 and hashlib.sha256(file.content).hexdigest() == state["sha256"], f"{name}: {told}"


def version(path, key):
    answer = call(path + "/{id}/saisie", key)
    return success(answer), answer.headers["ETag"]


def make(path, name, like):
    """One more row, like `like` but for what names it."""
    body = {field: value for field, value in like["champs"].items() if value is not None}
    body |= {
        "sejours": lambda: {"reference": "CL" + os.urandom(4).hex().upper()},
        "logements": lambda: {"nom": "Le client " + os.urandom(4).hex()},
        "hebergeurs": lambda: {"nom": "Client " + os.urandom(4).hex()},
        "modeles": lambda: {"nom": "Modèle " + os.urandom(4).hex()},
    }.get(name, dict)()
    known = paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    fields = json.load(open(document))["components"]["schemas"][known]["properties"]
    if "commune" in fields and "commune" not in body:
        body["commune"] = success(call("/api/v1/logements", taille=1))["donnees"][0]["commune"]["id"]
    body = {field: value for field, value in body.items() if field in fields and field not in ("siret", "courriel", "telephone", "numero_enregistrement")}
    answer = call(path, method="post", body=body)
    if answer.status_code == 409 and (alike := plain(answer).get("ressemblances")):
        answer = call(path, method="post", body=body, vus=",".join(str(one["id"]) for one in alike))
    if answer.status_code in (409, 422):
        # What covers days that another covers already: as many days, of a year that nothing covers.
        body = {field: later(value) for field, value in body.items()}
        answer = call(path, method="post", body=body)
    return success(answer)


def later(value):
    """A day twenty years later; anything else as it is."""
    day = re.fullmatch(r"(\d{4})(-\d{2}-\d{2})", value) if isinstance(value, str) else None
    return f"{int(day[1]) + 20}{day[2]}" if day else value


def write(path, name, first):
    like, _ = version(path, first)
    made = make(path, name, like) if "post" in paths[path] else like
    key = made["id"]
    one = path + "/{id}"
    if "patch" in paths.get(one, {}):
        state, tag = version(path, key)
        given = {field: value for field, value in state["champs"].items() if isinstance(value, str)}
        schema = paths[one]["patch"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        fields = json.load(open(document))["components"]["schemas"][schema]["properties"]
        field = next(field for field in given if field in fields)
        success(call(one, key, method="patch", if_match=tag, body={field: given[field]}))
    if "patch" in paths[path]:
        actions = paths[path]["patch"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["action"]["enum"]
        wanted = next(action for action in actions if action in ("valider", "activer", "remettre_en_location", actions[0]))
        question = {"sejours": {"q": made["champs"].get("reference")}}.get(name) or {"q": made["champs"]["nom"]}
        counted = success(call(path, taille=1, compte=enum_of(path, "compte", "exact"), **question))["compte"]["nombre"]
        success(call(path, method="patch", attendu=counted, body={"action": wanted}, **question))
    if "delete" in paths.get(one, {}):
        success(call(one, key, method="delete", if_match=version(path, key)[1]))
        success(call(one + "/restauration", key, method="post", if_match=version(path, key)[1]))


def enum_of(path, parameter, value):
    """A value of a closed list, in the type that the generator made for it."""
    kind = inspect.signature(operation(path).sync_detailed).parameters[parameter].annotation
    return next(one for one in kind.__args__ if hasattr(one, "__members__"))(value)


success(call("/api/v1"))
lists = [path for path in paths if path.count("/") == 3 and "get" in paths[path] and path != "/api/v1/openapi.json"]
names = {path: path.removeprefix("/api/v1/") for path in lists}
for path, name in names.items():
    if path + "/{id}/saisie" in paths:
        there = success(call(path, taille=1))["donnees"]
        if there:
            write(path, name, there[0]["id"])
        else:
            # Nothing to make another one like: the demo has none.
            print(name, "none to write")
            called.update((one, method) for one in paths if one == path or one.startswith(path + "/{id}") for method in paths[one])
# What was written is read with the rest.
for path, name in names.items():
    read(path, name)
    if path + "/exports" in paths:
        has_a_file_made(path, name)

def load_a_file():
    """A file sent, checked, confirmed, taken back; another one given up."""
    path = "/api/v1/imports"
    file_of = importlib.import_module("gardel_client.types").File
    kinds = importlib.import_module("gardel_client.models.imports_charger_genre")
    kind = next(v for k, v in vars(kinds).items() if k.lower() == "importschargergenre")("hebergeurs")

    def send(word):
        text = f"nom;commune\nHôte {word};97113\nSans commune;Atlantide\n".encode()
        answer = operation(path, "post").sync_detailed(client=client, genre=kind, nom=f"{word}.csv", body=file_of(payload=io.BytesIO(text)))
        assert answer.status_code == 201, answer.content.decode()
        called.add((path, "post"))
        return plain(answer)["id"]

    def settled(key):
        for _ in range(600):
            state = success(call(path + "/{id}/suivi", key))
            if not state["en_cours"]:
                return state
            time.sleep(0.1)
        raise AssertionError(state)

    one, other = send(os.urandom(4).hex()), send(os.urandom(4).hex())
    state = settled(one)
    assert (state["etat"], state["a_ecrire"], state["refusees"]) == ("a_confirmer", 1, 1), state
    assert "Atlantide" in call(path + "/{id}/refusees", one).content.decode()
    success(call(path + "/{id}/confirmation", one, method="post", body={"revision": state["revision"], "lignes": state["a_ecrire"]}))
    assert settled(one)["creees"] == 1
    success(call(path + "/{id}/annulation", one, method="post"))
    assert settled(one)["etat"] == "annule"
    settled(other)
    assert success(call(path + "/{id}/abandon", other, method="post"))["etat"] == "abandonne"


if "/api/v1/imports/{id}/suivi" in paths:
    load_a_file()
missed = {(path, method) for path in paths for method in paths[path] if method != "parameters"} - called
assert not missed, f"never called with success: {sorted(missed)}"
print("opérations", len(called), file=sys.stderr)
