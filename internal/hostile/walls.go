package hostile

import (
	"net/http"

	"doorknock/audit"
)

// walls are whole pages with status 200 that stand before the content, or in its place. Each holds a form and the
// words "Comments are closed", of which nothing may be made.
func walls() []Case {
	wall := func(path, head, body string, want audit.Reason) Case {
		return Case{Path: path, Want: want, serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			write(w, "<!doctype html><html lang=en><head>"+head+"</head><body>"+body+`<p class="nocomments">Comments are closed.</p></body></html>`)
		}}
	}
	return []Case{
		wall("/challenge", "<title>Just a moment...</title>", `<div id="challenge-form"></div>`, audit.ReasonBlocked),
		wall("/blocked", "<title>Attention Required! | Cloudflare</title>", "<h1>Sorry, you have been blocked</h1>", audit.ReasonBlocked),
		wall("/log-in", "<title>Log in | Hollybank</title>", `<h1>Log in</h1><form method="post"><input type="password" name="p"></form>`, audit.ReasonLoginWall),
		wall("/must-log-in", "<title>You must log in to continue</title>", `<form method="post"><input type="email"><input type="password"></form>`, audit.ReasonLoginWall),
		wall("/cookie-wall", "<title>Before you continue</title>", `<form action="https://consent.hollybank.test/save" method="post"><button>Accept all</button></form>`, audit.ReasonConsentWall),
		wall("/not-available", "<title>Hollybank</title>", "<h1>This content isn't available</h1>", audit.ReasonNotFound),
		wall("/soft-404", "<title>Page not found | Hollybank</title>", "<h1>Page not found</h1>", audit.ReasonNotFound),
		wall("/maintenance", "<title>Under maintenance</title>", "<h1>Back at noon</h1>", audit.ReasonServerError),
		wall("/drawn", "<title>Hollybank</title>", `<div id="root"></div><script src="/app.js"></script>`, audit.ReasonNeedsJS),
	}
}
