# A HyperKitty as the example settings of its package have it, without what sends mail or asks others.
import os

BASE = os.environ['SITE_DIR']
SECRET_KEY = 'made-up-for-a-test'
DEBUG = True  # runserver then gives the static files
ALLOWED_HOSTS = ['*']
SITE_ID = 1
ROOT_URLCONF = 'urls'
INSTALLED_APPS = [
    'hyperkitty', 'django_mailman3', 'django.contrib.admin', 'django.contrib.auth', 'django.contrib.contenttypes',
    'django.contrib.sessions', 'django.contrib.sites', 'django.contrib.messages', 'django.contrib.staticfiles',
    'rest_framework', 'django_gravatar', 'compressor', 'haystack', 'django_extensions', 'django_q', 'allauth',
    'allauth.account', 'allauth.socialaccount',
]
MIDDLEWARE = [
    'django.contrib.sessions.middleware.SessionMiddleware', 'django.middleware.common.CommonMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware', 'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware', 'django_mailman3.middleware.TimezoneMiddleware',
]
TEMPLATES = [{
    'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True,
    'OPTIONS': {'context_processors': [
        'django.template.context_processors.request', 'django.template.context_processors.static',
        'django.contrib.auth.context_processors.auth', 'django.contrib.messages.context_processors.messages',
        'django_mailman3.context_processors.common', 'hyperkitty.context_processors.common',
    ]},
}]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE + '/hyperkitty.db'}}
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
USE_I18N = USE_L10N = USE_TZ = True
STATIC_ROOT, STATIC_URL = BASE + '/static', '/static/'
STATICFILES_FINDERS = [
    'django.contrib.staticfiles.finders.FileSystemFinder', 'django.contrib.staticfiles.finders.AppDirectoriesFinder',
    'compressor.finders.CompressorFinder',
]
COMPRESS_ENABLED = True  # as with DEBUG off: its templates' own <script .../> would swallow the rest of the page
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_URL = 'account_login', 'hk_root', 'account_logout'
SESSION_SERIALIZER = 'django.contrib.sessions.serializers.PickleSerializer'
HAYSTACK_CONNECTIONS = {'default': {'ENGINE': 'haystack.backends.simple_backend.SimpleEngine'}}
CACHES = {'default': {'BACKEND': 'django.core.cache.backends.dummy.DummyCache'}}
EMAIL_BACKEND = 'django.core.mail.backends.dummy.EmailBackend'
Q_CLUSTER = {'orm': 'default', 'sync': True, 'timeout': 30, 'retry': 60}
MAILMAN_REST_API_URL, MAILMAN_REST_API_USER, MAILMAN_REST_API_PASS = 'http://127.0.0.1:1', 'nobody', 'none'
MAILMAN_ARCHIVER_KEY, MAILMAN_ARCHIVER_FROM = 'none', ()
FILTER_VHOST = False
HYPERKITTY_ENABLE_GRAVATAR = False
HYPERKITTY_BATCH_MODE = True  # asks no Mailman of lists and people: there is none
HYPERKITTY_ALLOW_WEB_POSTING = os.environ['SITE_POSTING'] == 'yes'
