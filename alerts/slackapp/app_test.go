package slackapp_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// A press of Acknowledge in Socket Mode: acknowledged to Slack, written with its author, told to the alerter, answered to the
// one who pressed; and the second who presses hears who was first.
func TestAcknowledge(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	one, two := r.alert(store.AlertComplaint, "elm", "c1", "normal"), r.alert(store.AlertComplaint, "elm", "c2", "normal")
	r.listening()
	words := r.asks("interactive", r.slack.Press(r.at, "trigger-1", string(alerts.SlackAck), r.value(alerts.SlackAck, one, two)))
	if !strings.Contains(words, "You have taken on 2 alerts.") {
		t.Errorf("answered %q", words)
	}
	for _, id := range []string{one, two} {
		if is, err := r.db.AlertRaised(t.Context(), id); err != nil || is.AckedBy != "sam (Slack)" {
			t.Errorf("%s: acknowledged by %q, %v", id, is.AckedBy, err)
		}
	}
	press := r.slack.Press(r.at, "trigger-2", string(alerts.SlackAck), one)
	press["user"] = map[string]any{"id": "U2", "name": "alex"}
	if words := r.asks("interactive", press); !strings.Contains(words, "Taken on before by sam (Slack).") || strings.Contains(words, "You have") {
		t.Errorf("answered %q", words)
	}
	if words := r.asks("interactive", r.slack.Press(r.at, "trigger-3", string(alerts.SlackAck), "gone")); !strings.Contains(words, "no longer on record") {
		t.Errorf("answered %q", words)
	}
	if r.office.nudged != 2 {
		t.Errorf("the alerter was nudged %d times", r.office.nudged)
	}
	r.done()
	if diff := cmp.Diff(map[string]int{"acknowledged": 2, "acknowledged nothing": 1}, r.counts()); diff != "" {
		t.Error(diff)
	}
}

// status has five lines; help names every command; what is mistyped gets the nearest; all of it only to the one who asked.
func TestStatusAndHelp(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	lines := strings.Split(r.asks("slash_commands", r.slack.Command(r.at, "t1", "status")), "\n")
	if len(lines) != 6 || lines[1] != "2 organisations with 2 channels; 2 not looked at yet, 2 due now." || lines[5] != "Nothing is stuck." {
		t.Errorf("%q", lines)
	}
	for words, want := range map[string]string{"": "/doorknock status: ", "help": "/doorknock status: ", "HELP me": "/doorknock help: ", "sttaus": "Did you mean /doorknock status?",
		"<!channel> now": "There is no command “<!channel>”."} {
		if got := r.asks("slash_commands", r.slack.Command(r.at, "t-"+words, words)); !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q in it", words, got, want)
		}
	}
	for _, a := range r.slack.Seen().Answers {
		if !strings.Contains(string(a.Raw), `"response_type":"ephemeral"`) || strings.Contains(string(a.Raw), `"replace_original":true`) {
			t.Errorf("%s", a.Raw)
		}
	}
}

// What was asked is a row before Slack hears that it has arrived: a doorknock that ends between the two is asked again, and one
// that ends before it has done it does it at its next start, once.
func TestAskedBeforeTheEndIsDoneAfterIt(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	id := r.alert(store.AlertComplaint, "elm", "c1", "normal")
	body := `{"kind":"button","user":"U1","name":"sam","action":"doorknock_ack","value":"` + id + `","reply":"` + r.at + `/answer/late"}`
	for range 2 {
		if _, err := r.db.TakeSlackAsk(t.Context(), store.SlackAsk{ID: "a", Receiver: "team", Body: body, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	r.run()
	if words := r.answer("", map[string]any{"trigger_id": "late"}); !strings.Contains(words, "You have taken on 1 alert.") {
		t.Errorf("answered %q", words)
	}
	r.done()
	if n := len(r.slack.Seen().Answers); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// The same trigger twice, as when the acknowledgement of an envelope was lost, is done once and counted.
func TestTheSameTriggerTwiceIsOneAsk(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	r.asks("slash_commands", r.slack.Command(r.at, "t1", "status"))
	again, err := r.slack.Envelope("slash_commands", r.slack.Command(r.at, "t1", "status"))
	if err != nil {
		t.Fatal(err)
	}
	r.wait("not acknowledged", func(s fakeslack.Seen) bool { return slices.Contains(s.Acked, again) })
	r.asks("slash_commands", r.slack.Command(r.at, "t2", "status"))
	r.done()
	if diff := cmp.Diff(map[string]int{"command status": 2, "refused: replayed": 1}, r.counts()); diff != "" {
		t.Error(diff)
	}
}

// Slack hears at once that an ask has arrived, however long its answer takes: the three seconds that it waits are for that alone.
func TestAcknowledgedBeforeItIsDone(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	free := r.slack.HoldAnswers()
	defer free()
	var ids []string
	for i := range 5 {
		id, err := r.slack.Envelope("slash_commands", r.slack.Command(r.at, "held-"+string(rune('a'+i)), "status"))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	r.wait("not acknowledged", func(s fakeslack.Seen) bool {
		return len(s.Answers) == 0 && !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(s.Acked, id) })
	})
	free()
	r.wait("not answered", func(s fakeslack.Seen) bool { return len(s.Answers) == 5 })
}

// An answer that Slack did not take is tried again; what was asked is done once.
func TestAnswerTriedAgain(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	id := r.alert(store.AlertComplaint, "elm", "c1", "normal")
	r.slack.Refuse("answer", "no", "no")
	r.listening()
	wants(t, "press", r.asks("interactive", r.slack.Press(r.at, "p", string(alerts.SlackAck), id)), "You have taken on 1 alert.")
	r.done()
	if diff := cmp.Diff(map[string]int{"acknowledged": 1}, r.counts()); diff != "" {
		t.Error(diff)
	}
}
