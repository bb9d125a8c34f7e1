"""A day of a territory, for locust: agents in lists, records, searches and forms, exports, imports, readers of the API.

bin/charge starts it. Every answer is filed under the name of an objective of supervision/objectifs.json, as the person who waits
counts it: from the click to the last byte, proxy and network included. An answer that is not the one expected is a failure, with its
time or not.
"""

import json
import os
import random
import time
from html.parser import HTMLParser
from itertools import count

import gevent
from locust import FastHttpUser, constant_throughput, events, task

PASSWORD = "demo-gardel-971!"
# A person at work asks for a page every five seconds of this compressed day, some 48 times faster than in life.
PAGES_A_SECOND = 0.8
# A program that copies a list asks again as soon as it has stored what it got.
CALLS_A_SECOND = 10
# Seconds that a person waits for a file before they give up.
PATIENCE = 120
# Times that an import is confirmed again while another one is written.
CONFIRMATIONS_MAX = 120
TOKENS = os.environ.get("CHARGE_JETONS", "").split()
# The web servers, one for each person: what a proxy would do.
ADDRESSES = os.environ["CHARGE_ADRESSES"].split()
PEOPLE = int(os.environ.get("CHARGE_PERSONNES", "60"))
OBJECTIVES = {
    one["nom"]: one["secondes"]
    for one in json.loads(open(os.environ["CHARGE_OBJECTIFS"], encoding="utf-8").read())["objectifs"]
    if "secondes" in one
}

numbers, agents, managers, readers = count(1), count(1), count(1), count(0)
told, refused = {}, []


def _begin(**_):
    """Once everybody has arrived, the day begins: what came before is not of it, but for the signing in."""
    kept = told.get("connexions")
    told.clear()
    told.update({name: {"total": 0, "tenus": 0, "refus": 0, "temps": []} for name in OBJECTIVES})
    if kept is not None:
        told["connexions"] = kept


_begin()
events.spawning_complete.add_listener(_begin)


@events.request.add_listener
def _note(name, response_time, exception, **_):
    if name not in told:
        return
    line = told[name]
    line["total"] += 1
    if exception is not None:
        line["refus"] += 1
        if len(refused) < 50:
            refused.append(f"{name} : {exception}")
    elif response_time / 1000 <= OBJECTIVES[name]:
        line["tenus"] += 1
    line["temps"].append(response_time / 1000)


@events.quitting.add_listener
def _report(**_):
    for line in told.values():
        times = sorted(line.pop("temps"))
        for share, key in ((50, "p50"), (95, "p95"), (99, "p99")):
            line[key] = times[min(len(times) - 1, len(times) * share // 100)] if times else None
    with open(os.environ["CHARGE_BILAN"], "w", encoding="utf-8") as out:
        json.dump({"objectifs": told, "refus": refused}, out)


class Forms(HTMLParser):
    """The fields of the form of a page whose action is given, as a browser would send them."""

    def __init__(self, action):
        super().__init__()
        self.action, self.inside, self.found, self.fields, self.select, self.textarea = action, False, False, {}, None, None

    def handle_starttag(self, tag, attrs):
        one = dict(attrs)
        if tag == "form":
            self.inside = one.get("action") == self.action and not self.found
            self.found = self.found or self.inside
        if not self.inside:
            return
        if tag == "input" and one.get("name"):
            if one.get("type") in ("checkbox", "radio") and "checked" not in one:
                return
            if one.get("type") not in ("submit", "file"):
                self.fields[one["name"]] = one.get("value", "on" if one.get("type") == "checkbox" else "") or ""
        elif tag == "select":
            self.select = one.get("name")
        elif tag == "option" and self.select and ("selected" in one or self.select not in self.fields):
            self.fields[self.select] = one.get("value", "") or ""
        elif tag == "textarea":
            self.textarea = one.get("name")
            self.fields[self.textarea] = ""

    def handle_data(self, data):
        if self.inside and self.textarea:
            self.fields[self.textarea] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.textarea = None


def fields_of(page, action):
    forms = Forms(action)
    forms.feed(page)
    return forms.fields if forms.found else None


def hrefs(page, start):
    """Addresses of records `start`/number that a page links to."""
    found, place = [], 0
    mark = f'href="{start}/'
    while (place := page.find(mark, place)) >= 0:
        place += len(mark)
        end = page.find('"', place)
        if page[place:end].isdigit():
            found.append(f"{start}/{page[place:end]}")
    return found


class Person(FastHttpUser):
    """Somebody signed in, at an address of their own as the proxy tells it."""

    abstract = True
    wait_time = constant_throughput(PAGES_A_SECOND)
    network_timeout = 60.0
    connection_timeout = 10.0

    def __init__(self, environment):
        self.host = random.choice(ADDRESSES)
        super().__init__(environment)

    def on_start(self):
        # Nobody's day begins at the same instant.
        gevent.sleep(random.random() * 2)
        me = next(numbers)
        self.headers = {"X-Forwarded-For": f"10.{me // 65536 % 256}.{me // 256 % 256}.{me % 256}", "Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip"}
        self.stays, self.hosts = [], []
        while not self.sign_in():
            gevent.sleep(5)

    def sign_in(self):
        answer = self.post("/connexion", "connexions", {"courriel": self.account(), "mot_de_passe": PASSWORD})
        return answer is not None

    def get(self, path, name, expected=200):
        with self.client.get(path, name=name, headers=self.headers, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code != expected:
                answer.failure(f"GET {path.split('?')[0]} : {answer.status_code}")
                return None
            return answer.text

    def post(self, path, name, fields, expected=303, **more):
        with self.client.post(path, data=fields, name=name, headers=self.headers, allow_redirects=False, catch_response=True, **more) as answer:
            if answer.status_code != expected:
                answer.failure(f"POST {path} : {answer.status_code}")
                return None
            return answer.headers.get("Location", "")

    def confirm(self, path, fields):
        """Posts what is refused while another import is written, and again a moment later, as the page says to."""
        for _ in range(CONFIRMATIONS_MAX):
            with self.client.post(path, data=fields, name="saisies", headers=self.headers, allow_redirects=False, catch_response=True) as answer:
                if answer.status_code == 409:
                    answer.success()
                elif answer.status_code == 303:
                    return answer.headers.get("Location", "")
                else:
                    answer.failure(f"POST {path} : {answer.status_code}")
                    return None
            gevent.sleep(1)
        return None

    def note(self, name, start, why=None):
        """Tells a wait that was made of several pages."""
        self.environment.events.request.fire(
            request_type="ATTENTE", name=name, response_time=(time.monotonic() - start) * 1000, response_length=0,
            exception=None if why is None else Exception(why), context={}, url=name, response=None,
        )

    def until(self, path, name, done):
        """Looks at a page each second as it does by itself, until `done` finds something in it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            page = self.get(path, "pages")
            if page and (found := done(page)) is not None:
                return found
            gevent.sleep(1)
        return None


class Agent(Person):
    """Reads lists, opens records, looks for somebody, notes and corrects."""

    weight = 20

    def account(self):
        return f"charge-{(next(agents) - 1) % PEOPLE + 1}@demo.gardel"

    @task(30)
    def liste(self):
        wanted = random.choice(["", "?statut=a_verifier", "?statut=valide&tri=-montant", "?tri=debut", "?statut=a_verifier&taille=100"])
        page = self.get(f"/sejours{wanted}", "listes")
        if page:
            self.stays = hrefs(page, "/sejours") or self.stays

    @task(10)
    def autres_listes(self):
        page = self.get(random.choice(["/hebergeurs", "/hebergeurs?type=professionnel", "/logements", "/communes"]), "listes")
        if page:
            self.hosts = hrefs(page, "/hebergeurs") or self.hosts

    @task(25)
    def fiche(self):
        if self.stays:
            self.get(random.choice(self.stays), "pages")
        else:
            self.liste()

    @task(10)
    def recherche(self):
        word = random.choice(["marie", "jean", "flamboyant", "gosier", "ville", "rue", "06", "HM"]) + random.choice(["", "a", "e", " l"])
        self.get(f"/sejours?q={word}", "listes")

    @task(5)
    def accueil(self):
        self.get("/", "pages")

    @task(8)
    def noter(self):
        if self.stays:
            token = f"{random.getrandbits(128):032x}"
            token = f"{token[:8]}-{token[8:12]}-4{token[13:16]}-8{token[17:20]}-{token[20:]}"
            self.post(f"{random.choice(self.stays)}/notes", "saisies", {"texte": f"Vu le {random.randint(1, 28)} du mois.", "jeton": token})

    @task(7)
    def corriger(self):
        if not self.hosts:
            return self.autres_listes()
        form = f"{random.choice(self.hosts)}/modifier"
        page = self.get(form, "pages")
        fields = page and fields_of(page, form)
        if fields:
            fields["telephone"] = f"0690{random.randint(0, 999999):06d}"
            # 409: somebody else was first; the form says so, and that is a right answer.
            with self.client.post(form, data=fields, name="saisies", headers=self.headers, allow_redirects=False, catch_response=True) as answer:
                if answer.status_code in (303, 409):
                    answer.success()
                else:
                    answer.failure(f"POST {form} : {answer.status_code}")


class Administrateur(Person):
    """Asks for files and loads some."""

    weight = 1
    wait_time = constant_throughput(0.05)

    def account(self):
        return f"charge-admin-{(next(managers) - 1) % PEOPLE + 1}@demo.gardel"

    @task(3)
    def exporter(self):
        start = time.monotonic()
        page = self.get("/sejours?statut=a_verifier", "listes")
        fields = page and fields_of(page, "/sejours/exports")
        if not fields:
            return
        fields["format"] = random.choice(["csv_fr", "xlsx", "jsonl"])
        where = self.post("/sejours/exports", "saisies", fields)
        if not where:
            return
        file = f"{where}/fichier"
        ready = self.until(where, "exports_prets", lambda page: file if f'href="{file}"' in page else None)
        self.note("exports_prets", start, None if ready else f"{where} n’est pas prêt")
        if ready:
            self.get(file, "fichiers")

    @task(2)
    def importer(self):
        tag = f"{random.getrandbits(48):012x}"
        lines = ["Nom;Type;Adresse;Code postal;Ville;Commune"]
        lines += [f"Loueur {tag} {k};Particulier;{k} rue {tag};97190;Le Gosier;97113" for k in range(400)]
        body = f"--g\r\nContent-Disposition: form-data; name=\"genre\"\r\n\r\nhebergeurs\r\n--g\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"{tag}.csv\"\r\nContent-Type: text/csv\r\n\r\n" + "\n".join(lines) + "\r\n--g--\r\n"
        self.headers["Content-Type"] = "multipart/form-data; boundary=g"
        reading = self.post("/imports", "televersements", body.encode())
        del self.headers["Content-Type"]
        page = reading and self.get(reading, "pages")
        fields = page and fields_of(page, reading)
        if not fields:
            return
        fields |= {"faire": "verifier", "mode": "completer"} | {f"colonne-{k}": name for k, name in enumerate(["nom", "type", "adresse", "code_postal", "ville", "commune"])}
        start = time.monotonic()
        where = self.post(reading, "saisies", fields)
        if not where:
            return
        write = reading.replace("/lecture", "/ecriture")
        agreed = self.until(where, "imports_verifies", lambda page: fields_of(page, write))
        self.note("imports_verifies", start, None if agreed else f"{where} n’est pas vérifié")
        if not agreed:
            return
        start = time.monotonic()
        end = self.confirm(write, agreed)
        # « Annuler cet import » is offered once its last line is written.
        here = reading.replace("/lecture", "")
        here = here[here.index("/imports/") :]
        done = end and self.until(here, "imports_ecrits", lambda page: True if f'href="{here}/annulation"' in page else None)
        self.note("imports_ecrits", start, None if done else f"{write} n’est pas fini")


class Programme(FastHttpUser):
    """Copies a list through the API, page after page."""

    weight = 1
    wait_time = constant_throughput(CALLS_A_SECOND)
    network_timeout = 60.0

    def __init__(self, environment):
        self.host = random.choice(ADDRESSES)
        super().__init__(environment)

    def on_start(self):
        self.token = TOKENS[next(readers) % len(TOKENS)]
        self.next = None

    @task
    def lire(self):
        path = self.next or "/api/v1/sejours?taille=100"
        with self.client.get(path, name="api_lectures", headers={"Authorization": f"Bearer {self.token}"}, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"GET /api/v1/sejours : {answer.status_code}")
                return
            following = answer.json().get("suivante")
        self.next = following and following[following.index("/api/"):]
