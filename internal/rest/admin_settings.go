package rest

import (
	"cmp"

	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

func viewSettings(s *Server, c *adminCall) (any, error) {
	set, err := adminDo(s, c, func(s *site.Site) (site.Settings, error) { return s.CurrentSettings(), nil })
	return wireSettings(set), err
}

// patchSettings changes the settings that the body names. The changes are made by the
// command, since others may change other settings meanwhile.
func patchSettings(s *Server, c *adminCall) (any, error) {
	changes := settingChanges(c.fields)
	set, err := adminDo(s, c, func(x *site.Site) (site.Settings, error) {
		n := x.CurrentSettings()
		for _, change := range changes {
			change(&n)
		}
		return x.Admin(c.who.name).ChangeSettings(n)
	})
	return wireSettings(set), err
}

// settingsPatch reads what a body changes. What it does not name stays.
type settingsPatch struct {
	*fields
	changes *[]func(*site.Settings)
}

func (p settingsPatch) change(given bool, fn func(*site.Settings)) {
	if given {
		*p.changes = append(*p.changes, fn)
	}
}

func (p settingsPatch) number(name string, field func(*site.Settings) *int) {
	n, given := p.fields.number(name, false, 32)
	p.change(given, func(x *site.Settings) { *field(x) = int(n) })
}

func (p settingsPatch) flag(name string, field func(*site.Settings) *bool) {
	given, yes := p.get(name, false) != nil, p.boolean(name, false)
	p.change(given, func(x *site.Settings) { *field(x) = yes })
}

func (p settingsPatch) texts(name string, field func(*site.Settings) *[]string) {
	list := p.fields.texts(name)
	p.change(list != nil, func(x *site.Settings) { *field(x) = list })
}

// settingChanges answers what a body changes.
func settingChanges(f *fields) (changes []func(*site.Settings)) {
	p := settingsPatch{f, &changes}
	p.number("holdSeconds", func(x *site.Settings) *int { return &x.HoldSeconds })
	p.number("offerSeconds", func(x *site.Settings) *int { return &x.OfferSeconds })
	p.number("absentSeconds", func(x *site.Settings) *int { return &x.AbsentSeconds })
	p.number("idleSeconds", func(x *site.Settings) *int { return &x.IdleSeconds })
	p.number("queueSeconds", func(x *site.Settings) *int { return &x.QueueSeconds })
	p.number("wrapUpSeconds", func(x *site.Settings) *int { return &x.WrapUpSeconds })
	p.number("noticeSeconds", func(x *site.Settings) *int { return &x.NoticeSeconds })
	p.number("targetSeconds", func(x *site.Settings) *int { return &x.TargetSeconds })
	p.flag("refuseWithoutAgents", func(x *site.Settings) *bool { return &x.RefuseWithoutAgents })
	p.statusReasons()
	p.texts("allowedOrigins", func(x *site.Settings) *[]string { return &x.AllowedOrigins })
	p.flag("spam", func(x *site.Settings) *bool { return &x.Spam })
	p.flag("spamAgents", func(x *site.Settings) *bool { return &x.SpamAgents })
	f.object("spamLimits", func(l *fields) { settingsPatch{l, &changes}.spamLimits() })
	p.flag("sneakPreview", func(x *site.Settings) *bool { return &x.SneakPreview })
	p.number("maxPerAddress", func(x *site.Settings) *int { return &x.MaxPerAddress })
	p.flag("requireIdentity", func(x *site.Settings) *bool { return &x.RequireIdentity })
	p.number("identityKey", func(x *site.Settings) *int { return &x.IdentityKey })
	f.object("files", func(l *fields) { settingsPatch{l, &changes}.files() })
	p.flag("mailTranscripts", func(x *site.Settings) *bool { return &x.MailTranscripts })
	p.number("archiveDays", func(x *site.Settings) *int { return &x.ArchiveDays })
	p.number("journalDays", func(x *site.Settings) *int { return &x.JournalDays })
	p.number("goalSeconds", func(x *site.Settings) *int { return &x.GoalSeconds })
	p.number("goalPercent", func(x *site.Settings) *int { return &x.GoalPercent })
	p.results()
	p.flag("hideSeenFromAgents", func(x *site.Settings) *bool { return &x.HideSeenFromAgents })
	p.flag("showSeenToVisitors", func(x *site.Settings) *bool { return &x.ShowSeenToVisitors })
	p.flag("noticeText", func(x *site.Settings) *bool { return &x.NoticeText })
	f.object("widget", func(l *fields) { settingsPatch{l, &changes}.widget() })
	p.flag("requireContext", func(x *site.Settings) *bool { return &x.RequireContext })
	p.texts("hostNames", func(x *site.Settings) *[]string { return &x.HostNames })
	p.flag("default", func(x *site.Settings) *bool { return &x.Default })
	return changes
}

func (p settingsPatch) statusReasons() {
	var reasons []site.StatusReason
	p.each("statusReasons", func(x *fields) {
		reasons = append(reasons, site.StatusReason{
			SubType: x.int32("subTypeId", true), Name: x.text("name", true), Status: api.ActivityStatus(x.text("status", true)),
		})
	})
	p.change(p.get("statusReasons", false) != nil, func(x *site.Settings) { x.StatusReasons = reasons })
}

func (p settingsPatch) results() {
	var results []site.WrapUpResult
	p.each("results", func(x *fields) {
		results = append(results, site.WrapUpResult{ID: x.int32("id", true), Name: x.text("name", true)})
	})
	p.change(p.get("results", false) != nil, func(x *site.Settings) { x.Results = results })
}

func (p settingsPatch) widget() {
	for name, field := range map[string]func(*site.Widget) *string{
		"title":        func(w *site.Widget) *string { return &w.Title },
		"greeting":     func(w *site.Widget) *string { return &w.Greeting },
		"color":        func(w *site.Widget) *string { return &w.Color },
		"theme":        func(w *site.Widget) *string { return &w.Theme },
		"position":     func(w *site.Widget) *string { return &w.Position },
		"fields":       func(w *site.Widget) *string { return &w.Fields },
		"whenClosed":   func(w *site.Widget) *string { return &w.WhenClosed },
		"privacyUrl":   func(w *site.Widget) *string { return &w.PrivacyURL },
		"emailAddress": func(w *site.Widget) *string { return &w.Email },
	} {
		value := p.text(name, false)
		p.change(p.get(name, false) != nil, func(x *site.Settings) { *field(&x.Widget) = value })
	}
	p.object("texts", func(l *fields) {
		texts := map[string]map[string]string{}
		for _, language := range l.raw {
			texts[string(language.name)] = l.pairs(string(language.name))
		}
		p.change(true, func(x *site.Settings) { x.Widget.Texts = texts })
	})
}

func (p settingsPatch) spamLimits() {
	p.number("maxCharacters", func(x *site.Settings) *int { return &x.SpamLimits.MaxCharacters })
	p.number("maxLinks", func(x *site.Settings) *int { return &x.SpamLimits.MaxLinks })
	p.number("duplicates", func(x *site.Settings) *int { return &x.SpamLimits.Duplicates })
	p.number("duplicateSeconds", func(x *site.Settings) *int { return &x.SpamLimits.DuplicateSeconds })
	p.number("symbolPercent", func(x *site.Settings) *int { return &x.SpamLimits.SymbolPercent })
	p.number("symbolCharacters", func(x *site.Settings) *int { return &x.SpamLimits.SymbolCharacters })
	p.number("burstPosts", func(x *site.Settings) *int { return &x.SpamLimits.BurstPosts })
	p.number("burstSeconds", func(x *site.Settings) *int { return &x.SpamLimits.BurstSeconds })
	p.number("maxBlocks", func(x *site.Settings) *int { return &x.SpamLimits.MaxBlocks })
	p.number("extremeFactor", func(x *site.Settings) *int { return &x.SpamLimits.ExtremeFactor })
}

func (p settingsPatch) files() {
	p.flag("off", func(x *site.Settings) *bool { return &x.Files.Off })
	most, given := p.fields.number("maxBytes", false, 64)
	p.change(given, func(x *site.Settings) { x.Files.MaxBytes = most })
	p.texts("types", func(x *site.Settings) *[]string { return &x.Files.Types })
}

// wireSettings writes settings as they are in force.
func wireSettings(x site.Settings) sites.Settings {
	w := sites.Settings{
		HoldSeconds: x.HoldSeconds, OfferSeconds: x.OfferSeconds, AbsentSeconds: x.AbsentSeconds, IdleSeconds: x.IdleSeconds,
		QueueSeconds: x.QueueSeconds, WrapUpSeconds: x.WrapUpSeconds, NoticeSeconds: x.NoticeSeconds, TargetSeconds: x.TargetSeconds,
		RefuseWithoutAgents: x.RefuseWithoutAgents, AllowedOrigins: x.AllowedOrigins, Spam: x.Spam, SpamAgents: x.SpamAgents,
		SpamLimits: sites.SpamLimits(x.SpamLimits.Whole()), SneakPreview: x.SneakPreview, MaxPerAddress: x.MaxPerAddress,
		RequireIdentity: x.RequireIdentity, IdentityKey: x.IdentityKey,
		Files:           sites.FileRules{Off: x.Files.Off, MaxBytes: x.Files.Limit(), Types: x.Files.Allowed()},
		MailTranscripts: x.MailTranscripts, ArchiveDays: x.ArchiveDays, JournalDays: x.JournalDays, RequireContext: x.RequireContext, HostNames: x.HostNames, Default: x.Default,
		GoalSeconds: cmp.Or(x.GoalSeconds, site.DefaultGoalSeconds), GoalPercent: cmp.Or(x.GoalPercent, site.DefaultGoalPercent),
		HideSeenFromAgents: x.HideSeenFromAgents, ShowSeenToVisitors: x.ShowSeenToVisitors, NoticeText: x.NoticeText, Widget: wireWidget(x.Widget),
	}
	for _, r := range x.Results {
		w.Results = append(w.Results, sites.WrapUpResult{ID: r.ID, Name: r.Name})
	}
	for _, r := range x.StatusReasons {
		w.StatusReasons = append(w.StatusReasons, sites.StatusReason{SubTypeID: r.SubType, Name: r.Name, Status: r.Status})
	}
	return w
}

func wireWidget(w site.Widget) sites.Widget {
	texts := w.Texts
	if texts == nil {
		texts = map[string]map[string]string{}
	}
	return sites.Widget{
		Title: w.Title, Greeting: w.Greeting, Color: w.Color, Theme: w.Theme, Position: w.Position, Fields: w.Fields,
		WhenClosed: w.WhenClosed, PrivacyURL: w.PrivacyURL, EmailAddress: w.Email, Texts: texts,
	}
}
