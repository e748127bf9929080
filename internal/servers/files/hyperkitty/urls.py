# The home page is the residents' list, as of a site with one list that matters: a crawler has not far to go to its threads.
from django.urls import include, path, reverse_lazy
from django.views.generic import RedirectView

urlpatterns = [
    path('', RedirectView.as_view(url='/hyperkitty/list/residents@lists.test/')),
    path('hyperkitty/', include('hyperkitty.urls')),
    path('', include('django_mailman3.urls')),
    path('accounts/', include('allauth.urls')),
]
