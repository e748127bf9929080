package checks

import (
	"testing"

	"doorknock/audit"
)

// caseAddresses are, of each system for enquiries and tenants' accounts, a form, frame, script or link that leads to it.
var caseAddresses = map[string]string{
	"CiviCRM":           `<form action="/civicrm/contribute/transact?reset=1"></form>`,
	"Salesforce":        `<form action="https://webto.salesforce.com/servlet/servlet.WebToCase" method="post"></form>`,
	"Dynamics 365":      `<iframe src="https://fernley.powerappsportals.com/report"></iframe>`,
	"Zendesk":           `<script src="https://static.zdassets.com/ekr/snippet.js?key=1"></script>`,
	"Freshdesk":         `<a href="https://fernley.freshdesk.com/support/tickets/new">Ask us</a>`,
	"Orlo":              `<script src="https://livechat.orlo.app/widget.js"></script>`,
	"HubSpot":           `<script src="https://js.hsforms.net/forms/v2.js"></script>`,
	"ServiceNow":        `<a href="https://fernley.service-now.com/csm">Your account</a>`,
	"Granicus":          `<a href="https://fernley-self.achieveservice.com/service/Repairs">Report a repair</a>`,
	"Jadu":              `<form action="https://fernley-jadu-cfm.example/form"></form>`,
	"Zoho":              `<script src="https://salesiq.zoho.eu/widget"></script>`,
	"Capita One":        `<a href="https://fernley.onehousing.capita.example/">Your rent</a>`,
	"Civica":            `<a href="https://www.civicaepay.example/fernley">Pay your rent</a>`,
	"NEC Housing":       `<a href="https://fernley.necsws.com/account">Your account</a>`,
	"MRI":               `<iframe src="https://fernley.mrisoftware.com/portal"></iframe>`,
	"Aareon":            `<a href="https://fernley.aareon.com/tenants">Your account</a>`,
	"Civica Cx Housing": `<a href="https://fernley.example/cxportal/">Your account</a>`,
	"Active Housing":    `<a href="https://fernley.activehousing.co.uk/">Your account</a>`,
	"Rubixx":            `<a href="https://fernley.rubixx.co.uk/">Your account</a>`,
	"Plentific":         `<a href="https://fernley.plentific.com/">Report a repair</a>`,
	"Voicescape":        `<a href="https://fernley.voicescape.com/">Answer our questions</a>`,
	"Locator Plus":      `<a href="https://fernley-locatorplus.example/">Find a home</a>`,
}

// TestEveryCaseSystem: each system of the table is told by an address of its own, and by no other's.
func TestEveryCaseSystem(t *testing.T) {
	for _, s := range caseSystems {
		at, known := caseAddresses[s.name]
		if !known {
			t.Errorf("%s has no address here", s.name)
			continue
		}
		look := lookCRM(pageOf(t, "<body><main><h1>Your account</h1><p>Write to us, or ring us.</p>"+at+"</main>"))
		if got := look.Values[audit.ValueName].Text; look.State != audit.Open || got != s.name {
			t.Errorf("%s is told as %v, %q", at, look.State, got)
		}
	}
	if len(caseAddresses) != len(caseSystems) {
		t.Errorf("%d addresses of %d systems", len(caseAddresses), len(caseSystems))
	}
}
