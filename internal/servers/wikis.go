package servers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// MediaWikiPackages and DokuWikiPackages are what apt has to install.
const (
	MediaWikiPackages = "mediawiki php-cli php-sqlite3"
	DokuWikiPackages  = "dokuwiki php-cli"
)

// MediaWiki is a wiki with a page to talk about every page.
type MediaWiki struct{ *Site }

// StartMediaWiki installs and starts a MediaWiki with a database of its own in a file.
func StartMediaWiki(t testing.TB) MediaWiki {
	t.Helper()
	const installed = "/usr/share/mediawiki"
	w := MediaWiki{newSite(t, "wiki.test", MediaWikiPackages, []string{"php"}, []string{installed})}
	root := w.root()
	// Before Debian's wiki is set up its settings are a link to nowhere.
	w.run("/", "", "sh", "-c", `cp -rL "$0" "$1" 2>/dev/null; rm -f "$1/LocalSettings.php"; test -f "$1/index.php"`, installed, root)
	w.must(os.MkdirAll(filepath.Join(w.dir, "data"), 0o700))
	w.run(root, "", "php", "maintenance/install.php", "--dbtype=sqlite", "--dbpath="+filepath.Join(w.dir, "data"), "--dbname=wiki",
		"--server=http://"+w.Host, "--scriptpath=", "--pass=made-up-for-a-test", "--confpath="+root, "Example Homes", "Admin")
	router := w.write("router.php", w.ours("router.php"))
	w.serve(root, "php", "-q", "-d", "display_errors=0", "-d", "opcache.enable=1", "-d", "opcache.revalidate_freq=0", "-S", w.Address, "-t", root, router)
	return w
}

func (w MediaWiki) root() string { return filepath.Join(w.dir, "site") }

// Write makes or changes a page.
func (w MediaWiki) Write(title, text string) {
	w.t.Helper()
	w.run(w.root(), text, "php", "maintenance/edit.php", "-u", "Admin", title)
}

// Protect leaves a page to the wiki's administrators.
func (w MediaWiki) Protect(title string) {
	w.t.Helper()
	w.run(w.root(), "", "php", "maintenance/protect.php", "-u", "Admin", title)
}

// Set adds a line of settings.
func (w MediaWiki) Set(line string) {
	w.t.Helper()
	name := filepath.Join(w.root(), "LocalSettings.php")
	b, err := os.ReadFile(name)
	w.must(err)
	w.must(os.WriteFile(name, append(b, "\n"+line+"\n"...), 0o600))
}

// Link is the address of a page.
func (w MediaWiki) Link(title string) string {
	return w.URL + "index.php/" + strings.ReplaceAll(title, " ", "_")
}

// DokuWiki is a wiki of pages only: comments are a plugin's, which Debian does not ship.
type DokuWiki struct{ *Site }

// StartDokuWiki starts a DokuWiki. rights are what everybody has: 1 to read, 8 to write.
func StartDokuWiki(t testing.TB, rights string) DokuWiki {
	t.Helper()
	const installed, settings, data = "/usr/share/dokuwiki", "/etc/dokuwiki", "/var/lib/dokuwiki/data"
	w := DokuWiki{newSite(t, "doku.test", DokuWikiPackages, []string{"php"}, []string{installed, settings, data})}
	root := filepath.Join(w.dir, "site")
	w.run("/", "", "cp", "-rL", installed, root)
	w.run("/", "", "cp", "-rL", settings, filepath.Join(w.dir, "conf"))
	w.run("/", "", "cp", "-rL", data, filepath.Join(w.dir, "data"))
	w.write("site/inc/preload.php", "<?php\ndefine('DOKU_CONF', '"+w.dir+"/conf/');\n")
	w.write("conf/local.php", "<?php\n$conf['title'] = 'Example Homes';\n$conf['savedir'] = '"+w.dir+"/data';\n$conf['useacl'] = 1;\n$conf['baseurl'] = 'http://doku.test';\n")
	w.write("conf/acl.auth.php", "*\t@ALL\t"+rights+"\n")
	w.write("data/pages/start.txt", "====== Example Homes ======\n"+Words+"\n\n  * [[news:repairs|Repairs day]]\n  * [[news:rent|Rent]]\n  * [[about|About us]]\n")
	for _, page := range []string{"news/repairs", "news/rent", "about"} {
		w.write("data/pages/"+page+".txt", "====== "+page+" ======\n"+Words+"\n")
	}
	router := w.write("router.php", w.ours("router.php"))
	w.serve(root, "php", "-q", "-d", "display_errors=0", "-S", w.Address, "-t", root, router)
	return w
}

// Words are as many as a page of a site has.
var Words = strings.Repeat("The lifts at Ash House are mended this week, and we thank everybody for their patience. ", 6)
