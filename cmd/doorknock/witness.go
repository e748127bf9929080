package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/pipeline"
	"doorknock/store"
)

func newWitness() *cobra.Command {
	c := &cobra.Command{
		Use: "witness", Short: "Ask people to look where robots must stop: campaigns, invitations, what they saw", Args: cobra.NoArgs, RunE: showHelp,
		Long: "Some places forbid robots and tell strangers nothing, Facebook first among them. People may look: each opens a page by a link\n" +
			"of their own, answers three questions in a minute, and does the same for a page that is known to be open. A door is called\n" +
			"closed only when two people, asked by different people, say so within a week and one has shown it.",
	}
	c.AddCommand(newWitnessCampaign(), newWitnessInvite(), newWitnessList(), newWitnessQueue(), newWitnessApprove(), newWitnessWithdraw(), newWitnessOffline())
	return c
}

// witnesses takes what people saw into this installation.
func (in *installation) witnesses() *pipeline.Witnesses {
	return &pipeline.Witnesses{DB: in.db, Keys: in.keys, Keeper: in.folder, Drop: in.folder.Drop, Checks: in.checks}
}

// publicAddress is where others reach the pages: the one that is set, else the one given.
func (in *installation) publicAddress(otherwise string) string {
	if a := in.cfg.Web.Address; a != "" {
		return strings.TrimSuffix(a, "/")
	}
	return otherwise
}

// beside runs a command's short write.
func beside(path *string, do func(ctx context.Context, in *installation, out io.Writer, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		in, err := openBeside(c.Context(), *path)
		if err != nil {
			return err
		}
		defer closing(in.log, "database", in.Close)
		return do(c.Context(), in, c.OutOrStdout(), args)
	}
}

// campaigning is what a new campaign is made from.
type campaigning struct {
	title, platform, control string
	orgs                     []string
	days                     int
}

func newWitnessCampaign() *cobra.Command {
	var path string
	var n campaigning
	c := &cobra.Command{
		Use: "campaign TITLE", Short: "Begin a campaign: which places people are asked to look at", Args: cobra.ExactArgs(1),
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, args []string) error {
			n.title = strings.TrimSpace(args[0])
			return in.openCampaign(ctx, out, n, time.Now())
		}),
	}
	addConfig(c, &path)
	c.Flags().StringVar(&n.platform, "platform", string(audit.Facebook), "the kind of place")
	c.Flags().StringSliceVar(&n.orgs, "orgs", nil, "ids of organisations, with commas between; none: all that have such a place")
	c.Flags().StringVar(&n.control, "control", "", "address of a page of that platform that you know to be open: everybody looks at it too")
	c.Flags().IntVar(&n.days, "days", 28, "days until it ends")
	return c
}

func (in *installation) openCampaign(ctx context.Context, out io.Writer, n campaigning, now time.Time) error {
	control, err := audit.CanonicalURL(n.control)
	if err != nil {
		return errUsage(errors.New("--control: name a page of that platform that you have seen to be open, as https://www.facebook.com/NAME"))
	}
	if n.title == "" || len(n.title) > 120 || n.days < 1 || n.days > 365 {
		return errUsage(errors.New("a campaign has a title of at most 120 characters and lasts 1 to 365 days"))
	}
	if len(in.witnesses().Asked(audit.Platform(n.platform))) == 0 {
		return errUsage(fmt.Errorf("--platform %s: nothing is asked of people there", n.platform))
	}
	c := store.Campaign{Title: n.title, Opened: now, Closes: now.AddDate(0, 0, n.days)}
	orgs, err := in.db.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if len(n.orgs) > 0 && !slices.Contains(n.orgs, o.ID) {
			continue
		}
		channels, err := in.db.Channels(ctx, o.ID)
		if err != nil {
			return err
		}
		for _, ch := range channels {
			if string(ch.Platform) == n.platform && ch.URL != control {
				c.Targets = append(c.Targets, store.Target{Channel: ch, Control: control})
			}
		}
	}
	if len(c.Targets) == 0 {
		return errUsage(fmt.Errorf("no place of platform %s is listed for these organisations; the list of organisations names them", n.platform))
	}
	id, err := in.db.OpenCampaign(ctx, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Campaign %s: %s, until %s.\nInvite people: doorknock witness invite %s --by NAME --count N\n",
		id, counted(len(c.Targets), "place"), c.Closes.Format("2 Jan 2006"), id)
	return nil
}

func newWitnessInvite() *cobra.Command {
	var path, by, address string
	var count, days int
	c := &cobra.Command{
		Use: "invite CAMPAIGN", Short: "Make links, one for each person, with a text to send them by", Args: cobra.ExactArgs(1),
		Long: "invite makes links for people to look. NAME is who hands them on: two people whom the same NAME asked confirm nothing\n" +
			"together before you approve one of them. Who the people are is written down nowhere.",
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, args []string) error {
			if by = strings.TrimSpace(by); by == "" || len(by) > 60 || count < 1 || count > 200 || days < 1 || days > 90 {
				return errUsage(errors.New("want --by NAME, 1 to 200 links, 1 to 90 days"))
			}
			return in.invite(ctx, out, args[0], by, count, days, address)
		}),
	}
	addConfig(c, &path)
	c.Flags().StringVar(&by, "by", "", "who hands the links on")
	c.Flags().IntVar(&count, "count", 1, "how many")
	c.Flags().IntVar(&days, "days", 21, "days that they work")
	c.Flags().StringVar(&address, "address", "", "where people reach the pages (default: web.address)")
	return c
}

func (in *installation) invite(ctx context.Context, out io.Writer, campaign, by string, count, days int, address string) error {
	if address = strings.TrimSuffix(address, "/"); address == "" {
		address = in.publicAddress("http://" + in.cfg.Web.Listen)
	}
	c, err := in.db.Campaign(ctx, campaign)
	if err != nil {
		return errUsage(fmt.Errorf("campaign %s: %w; `doorknock witness list` names them", campaign, err))
	}
	invites, err := in.db.Invite(ctx, c.ID, by, count, time.Now().AddDate(0, 0, days))
	if err != nil {
		return err
	}
	w := in.witnesses()
	for _, v := range invites {
		fmt.Fprintln(out, shareText(c, v, address+"/look/"+w.Ticket(v)))
	}
	return nil
}

// shareText is what one person is sent, as a messenger carries it: under 400 characters, the link last.
func shareText(c store.Campaign, v store.Invite, link string) string {
	return fmt.Sprintf("%s: can you look? %s, three questions, about one minute each. You need no account with us and write nothing there. The link is for you alone, until %s: %s",
		c.Title, counted(len(c.Targets), "page"), v.Expires.Format("2 January"), link)
}

func newWitnessList() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "list [CAMPAIGN]", Short: "Show campaigns and how far each is", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			return in.listCampaigns(c.Context(), c.OutOrStdout(), args, asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (in *installation) listCampaigns(ctx context.Context, out io.Writer, only []string, asJSON bool) error {
	all, err := in.db.Campaigns(ctx)
	if err != nil {
		return err
	}
	shown := 0
	for _, c := range all {
		if len(only) > 0 && c.ID != only[0] {
			continue
		}
		shown++
		progress, err := in.db.Progress(ctx, c.ID)
		if err != nil {
			return err
		}
		if asJSON {
			line := struct {
				V int `json:"v"`
				store.Campaign
				Progress []store.Progress `json:"progress"`
			}{1, c, progress}
			if err := json.NewEncoder(out).Encode(line); err != nil {
				return fmt.Errorf("print campaign: %w", err)
			}
			continue
		}
		fmt.Fprintf(out, "%s  %s, until %s\n", c.ID, c.Title, c.Closes.Format("2 Jan 2006"))
		for _, p := range progress {
			fmt.Fprintf(out, "  %-40s %s\n", p.Name, progressWords(p))
		}
	}
	switch {
	case shown == 0 && len(only) > 0:
		return errUsage(fmt.Errorf("there is no campaign %s", only[0]))
	case shown == 0 && !asJSON:
		fmt.Fprintln(out, "There is no campaign yet: doorknock witness campaign TITLE --control ADDRESS")
	}
	return nil
}

func progressWords(p store.Progress) string {
	words := "nobody has looked yet"
	if p.People > 0 {
		words = counted(p.People, "person") + " looked"
		if p.People > 1 {
			words = fmt.Sprintf("%d people looked", p.People)
		}
	}
	if p.Settled > 0 {
		words += ", " + counted(p.Settled, "question") + " settled"
	}
	if p.Contested {
		return words + ", people saw different things: one more is needed"
	}
	if p.Waiting > 0 {
		words += ", one more person is needed"
	}
	return words
}

// whyWanted says what is needed, in the words of the list.
func whyWanted(why string) string {
	switch why {
	case store.WantsContested:
		return "people saw different things: one more person"
	case store.WantsPicture:
		return "a picture or a saved page: nobody brought one"
	case store.WantsApproval:
		return "your word that they are different people (witness approve), or one whom somebody else asked"
	case store.WantsAgain:
		return "a new look: the last is old"
	}
	return "one more person, asked by somebody else"
}

func newWitnessQueue() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "queue", Short: "Show where one more person is needed, and what people said", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			return in.witnessQueue(c.Context(), c.OutOrStdout(), asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (in *installation) witnessQueue(ctx context.Context, out io.Writer, asJSON bool) error {
	wanted, err := in.db.Wanted(ctx, time.Now())
	if err != nil {
		return err
	}
	looks, err := in.db.Looks(ctx, "", 200)
	if err != nil {
		return err
	}
	if asJSON {
		return printWitnessQueue(out, wanted, looks)
	}
	for _, w := range wanted {
		fmt.Fprintf(out, "%s, %s, %s: %s\n", w.Name, w.Platform, w.Check, whyWanted(w.Why))
	}
	if len(wanted) == 0 {
		fmt.Fprintln(out, "Nobody is needed just now.")
	}
	for _, l := range looks {
		fmt.Fprintf(out, "  %s  %s, %s, asked by %s%s\n", l.Visit, l.Name, l.At.Format("2 Jan 2006 15:04"), l.Inviter, lookState(l))
	}
	a, err := in.db.Public(time.Now()).Agreement(ctx)
	if err == nil && a.Pairs > 0 {
		fmt.Fprintf(out, "Of %d pairs of answers about the same door within a week, %d agreed.\n", a.Pairs, a.Same)
	}
	return err
}

func lookState(l store.Look) string {
	switch {
	case !l.Withdrawn.IsZero():
		return ", withdrawn: " + l.Why
	case !l.Approved.IsZero():
		return ", approved"
	case l.Artefact != "":
		return ", with a " + l.Statement.Artefact.Kind
	}
	return ""
}

func printWitnessQueue(out io.Writer, wanted []store.Wanted, looks []store.Look) error {
	e := json.NewEncoder(out)
	for _, w := range wanted {
		if err := e.Encode(struct {
			V    int    `json:"v"`
			Kind string `json:"kind"`
			store.Wanted
		}{1, "wanted", w}); err != nil {
			return fmt.Errorf("print the queue: %w", err)
		}
	}
	for _, l := range looks {
		if err := e.Encode(struct {
			V    int    `json:"v"`
			Kind string `json:"kind"`
			store.Look
		}{1, "look", l}); err != nil {
			return fmt.Errorf("print the queue: %w", err)
		}
	}
	return nil
}

func newWitnessApprove() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "approve LOOK", Short: "Say that you looked at an answer's picture and take it for another person's than the others'", Args: cobra.ExactArgs(1),
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, args []string) error {
			if err := in.db.ApproveLook(ctx, args[0], time.Now()); err != nil {
				return lookNamed(args[0], err)
			}
			_, err := fmt.Fprintf(out, "Look %s is approved.\n", args[0])
			return err
		}),
	}
	addConfig(c, &path)
	return c
}

func newWitnessWithdraw() *cobra.Command {
	var path, why string
	c := &cobra.Command{
		Use: "withdraw LOOK --why WORDS", Short: "Take back what somebody said: it counts no more, its words and its picture go", Args: cobra.ExactArgs(1),
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, args []string) error {
			if why = strings.TrimSpace(why); why == "" || len(why) > 200 {
				return errUsage(errors.New("--why: say why, in at most 200 characters"))
			}
			if err := in.witnesses().Withdraw(ctx, args[0], why); err != nil {
				return lookNamed(args[0], err)
			}
			_, err := fmt.Fprintf(out, "Look %s is withdrawn.\n", args[0])
			return err
		}),
	}
	addConfig(c, &path)
	c.Flags().StringVar(&why, "why", "", "why it is taken back")
	return c
}

func lookNamed(id string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errUsage(fmt.Errorf("there is no look %s, or it is withdrawn; `doorknock witness queue` names them", id))
	}
	return err
}
