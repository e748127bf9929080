package servers

import (
	"path/filepath"
	"slices"
	"testing"
)

// HyperKittyPackages is what apt has to install.
const HyperKittyPackages = "python3-django-hyperkitty"

// HyperKitty is the archive of mailing lists that comes with Mailman 3: one list that everybody may read and a private one.
type HyperKitty struct{ *Site }

// StartHyperKitty makes a HyperKitty with a database of its own in a file, fills its lists and starts it. posting is whether
// those who are signed in may write on its pages.
func StartHyperKitty(t testing.TB, posting bool) HyperKitty {
	t.Helper()
	const python, installed = "/usr/bin/python3", "/usr/lib/python3/dist-packages/hyperkitty"
	h := HyperKitty{newSite(t, "lists.test", HyperKittyPackages, []string{python}, []string{installed})}
	for _, name := range []string{"settings.py", "urls.py", "fill.py"} {
		h.write(name, h.ours("hyperkitty/"+name))
	}
	set := []string{"DJANGO_SETTINGS_MODULE=settings", "SITE_POSTING=" + map[bool]string{true: "yes", false: "no"}[posting], python}
	with := func(args ...string) []string { return slices.Concat(set, args) }
	h.run(h.dir, "", "env", with("-m", "django", "migrate", "-v0", "--pythonpath", h.dir)...)
	h.run(h.dir, "", "env", with(filepath.Join(h.dir, "fill.py"), Words)...)
	h.serve(h.dir, "env", with("-m", "django", "runserver", "--noreload", "--pythonpath", h.dir, h.Address)...)
	return h
}

// List is the address of a list's first page.
func (h HyperKitty) List(name string) string {
	return h.URL + "hyperkitty/list/" + name + "@" + h.Host + "/"
}
