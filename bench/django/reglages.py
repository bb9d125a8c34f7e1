"""Settings of the Django that Gardel is compared with: what a careful project sets for speed.

BANC_ADMIN=1 adds the middleware that the admin needs; without it a view has none at all, no session,
no check: the comparison is in Django's favour.
"""

import os

SECRET_KEY = "mesure"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "pair.urls"
USE_TZ = True
TIME_ZONE = "America/Guadeloupe"
LANGUAGE_CODE = "fr"
USE_I18N = bool(os.environ.get("BANC_ADMIN"))
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "pair",
]
BANC_API = bool(os.environ.get("BANC_API"))
if BANC_API:
    INSTALLED_APPS += ["rest_framework", "rest_framework.authtoken"]
    REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
MIDDLEWARE = (
    [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    if os.environ.get("BANC_ADMIN")
    else []
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["BANC_SOCKET"],
        "USER": "gardel",
        "NAME": os.environ["BANC_BASE"],
        # Connections stay open, and statements are prepared once.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": 3,
            # Django's own tables in a schema of their own, away from Gardel's.
            "options": "-c search_path=django,public " + os.environ.get("BANC_REGLAGES", ""),
        },
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
