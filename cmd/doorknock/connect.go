package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler/platform"
)

// connectSteps walks somebody who runs a page, and is no programmer, to its token.
const connectSteps = `This connects your own Facebook page. You need: a browser in which you are signed in to Facebook, and the task
"Content" or "Community" on the page. It takes ten minutes. doorknock only reads with the token; it never posts, hides or answers.

 1. Open https://developers.facebook.com/apps and make an app: type "Business", any name, your own address. It needs no review
    for a page that you run yourself.
 2. Open https://developers.facebook.com/tools/explorer , choose the app at the right, and under "Permissions" add
    pages_show_list, pages_read_engagement, pages_read_user_content (and pages_manage_metadata, if you want to be told at once
    when a comment comes or is hidden).
 3. Under "User or Page" choose "Get Page Access Token", pick your page and allow it.
 4. Open https://developers.facebook.com/tools/debug/accesstoken , paste the token, press "Debug" and then "Extend Access
    Token": otherwise it ends after an hour. Then choose your page once more in the explorer: this token does not end.
 5. Paste the page's token here and press Enter. It is written to %s, which only you can read, and nowhere else.

`

func newConnect() *cobra.Command {
	var from settings
	var to, address, api string
	c := &cobra.Command{
		Use: "connect facebook|slack", Short: "Connect your own page, or a Slack app: get the tokens, try them, and keep them in files", Args: cobra.ExactArgs(1),
		ValidArgs: []string{"facebook", "slack"},
		RunE: func(c *cobra.Command, args []string) error {
			s, err := from.alone()
			if err != nil {
				return err
			}
			switch args[0] {
			case "slack":
				return slackConnecting{cfg: s.cfg, address: address, api: api, in: c.InOrStdin(), out: c.OutOrStdout()}.run(c.Context())
			case string(audit.Facebook):
			default:
				return errUsage(fmt.Errorf("connect %s: only facebook and slack can be connected this way; docs/sources.md tells of the others", args[0]))
			}
			if to == "" {
				to = s.cfg.Platforms[string(audit.Facebook)].TokenFile
			}
			if to == "" {
				to = "facebook.keys"
			}
			return connect(c.Context(), s.cfg, to, c.InOrStdin(), c.OutOrStdout())
		},
	}
	addConfig(c, &from.path)
	c.Flags().StringVar(&to, "file", "", "file that keeps the token (facebook; default: platforms.facebook.token_file, else facebook.keys)")
	c.Flags().StringVar(&address, "http", "", "have Slack call this public address, as https://doors.example.org, in place of Socket Mode (slack)")
	c.Flags().StringVar(&api, "api", "", "where Slack's methods are (tests say so)")
	c.Flags().Lookup("api").Hidden = true
	return c
}

// connect asks for a page's token, tries it, and adds it to the file of tokens.
func connect(ctx context.Context, cfg configs.Config, file string, in io.Reader, out io.Writer) error {
	fmt.Fprintf(out, connectSteps, file)
	token, err := readToken(in)
	if err != nil {
		return err
	}
	me, err := whoIs(ctx, cfg, token)
	if err != nil {
		return err
	}
	account := me.Username
	if account == "" {
		account = me.ID
	}
	fmt.Fprintf(out, "It is the token of %s (%s).\n", me.Name, account)
	if err := addToken(file, account, token); err != nil {
		return err
	}
	set := cfg.Platforms[string(audit.Facebook)]
	if set.TokenFile != file {
		fmt.Fprintf(out, "\nWrite this into your settings:\n\nplatforms:\n  facebook:\n    token_file: %s\n", file)
	}
	fmt.Fprintf(out, "\nThe list of organisations must hold the page as %q in its column facebook. `doorknock doctor` shows what the token can see.\n", account)
	return nil
}

// readToken reads one line. What it holds is never printed again.
func readToken(in io.Reader) (audit.Secret, error) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) { // not shown to whoever looks over the shoulder
		typed, err := term.ReadPassword(int(f.Fd()))
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		in = bytes.NewReader(typed)
	}
	line, err := bufio.NewReader(io.LimitReader(slowly{in}, maxKeyFile)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(line)
	if token == "" || strings.ContainsAny(token, " \t") {
		return "", errUsage(errors.New("that is no token: paste the one long word that is shown, and nothing else"))
	}
	return audit.Secret(token), nil
}

// slowly reads a byte at a time, so that the next line is left for who reads it next.
type slowly struct{ from io.Reader }

func (s slowly) Read(p []byte) (int, error) { return s.from.Read(p[:min(len(p), 1)]) }

type facebookMe struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
}

// whoIs asks whose token it is. A person's own token, which has no settings, is no page's.
func whoIs(ctx context.Context, cfg configs.Config, token audit.Secret) (me facebookMe, err error) {
	held, err := platform.Credentials(string(audit.Facebook), "page "+token.Reveal(), cfg.Platforms[string(audit.Facebook)].BaseURL, 0)
	if err != nil {
		return me, errUsage(fmt.Errorf("that is no token: %w", err))
	}
	row, why := platform.Facebook(), audit.ReasonNotLooked
	row = platform.Asking(row, "facebook/page", "me", map[string]string{"fields": "id,name,username"}, func(body []byte, r audit.Reason) {
		if why = r; r == "" {
			err = json.Unmarshal(body, &me)
		}
	})
	settings := audit.ReasonNotLooked
	if e := probeOnce(ctx, cfg, held, row); e != nil {
		return me, e
	}
	if err != nil || why != "" || me.ID == "" {
		return me, fmt.Errorf("facebook does not take this token (%s): make a new one from step 2 on", why)
	}
	row = platform.Asking(platform.Facebook(), "facebook/page", "me/settings", nil, func(_ []byte, r audit.Reason) { settings = r })
	if e := probeOnce(ctx, cfg, held, row); e != nil {
		return me, e
	}
	if settings != "" {
		return me, fmt.Errorf("this token does not show the page's settings (%s): is it a person's token and not the page's (step 3), or without pages_read_engagement (step 2)?", settings)
	}
	return me, nil
}

// addToken writes the line of an account into the file, in place of an older one.
func addToken(file, account string, token audit.Secret) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read %s: %w", file, err)
	}
	var lines []string
	for line := range strings.Lines(string(old)) {
		if f := strings.Fields(line); len(f) != 2 || !strings.EqualFold(f[0], account) {
			lines = append(lines, strings.TrimRight(line, "\r\n"))
		}
	}
	lines = append(lines, account+" "+token.Reveal())
	temp := file + ".new"
	if err := os.WriteFile(temp, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.Rename(temp, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
