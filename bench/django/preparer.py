"""Makes Django's own tables and a signed-in administrator; prints the cookie of the session, or a token (BANC_API=1)."""

import django
from django.conf import settings

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

with connection.cursor() as curseur:
    curseur.execute("CREATE SCHEMA IF NOT EXISTS django")
call_command("migrate", verbosity=0, interactive=False)
personnes = get_user_model().objects
personne = personnes.filter(username="banc").first() or personnes.create_superuser("banc")
if settings.BANC_API:
    from rest_framework.authtoken.models import Token

    print(Token.objects.get_or_create(user=personne)[0].key)
    raise SystemExit
session = SessionStore()
session[SESSION_KEY] = str(personne.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = personne.get_session_auth_hash()
session.save()
print(f"sessionid={session.session_key}")
