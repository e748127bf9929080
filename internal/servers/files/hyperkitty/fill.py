# Makes a list that everybody may read and a private one, each with the same three posts, by what takes Mailman's posts in.
import datetime
import email.message
import email.policy
import email.utils
import sys

import django

django.setup()
from django.contrib.sites.models import Site
from hyperkitty.lib.incoming import add_to_list
from hyperkitty.models import ArchivePolicy, MailingList

POSTS = (('Mo Hart', 'No heat for a week', None), ('Li Wood', 'Re: No heat for a week', 0), ('Al Moss', 'Lift at Ash House', None))

Site.objects.update(domain='lists.test', name='Example Homes')
begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=3)
for name, policy in (('residents', 'public'), ('board', 'private')):
    address = name + '@lists.test'
    MailingList.objects.create(name=address, display_name=name.title(), archive_policy=ArchivePolicy[policy].value)
    for n, (author, subject, answers) in enumerate(POSTS):
        m = email.message.EmailMessage(policy=email.policy.default)
        m['From'] = '%s <%s@home.test>' % (author, author[:2].lower())
        m['To'], m['Subject'], m['Message-ID'] = address, subject, '<%s-%d@home.test>' % (name, n)
        m['Date'] = email.utils.format_datetime(begin + datetime.timedelta(hours=n))
        if answers is not None:
            m['In-Reply-To'] = '<%s-%d@home.test>' % (name, answers)
        m.set_content(sys.argv[1])
        add_to_list(address, m)
