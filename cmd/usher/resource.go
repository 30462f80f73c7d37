package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// kind is one kind of thing that is defined at a site by an id.
type kind struct {
	command string // such as "usher queue"
	noun    string // such as "queue"
	path    string // of the list, also its member in the answer
	columns []string
	id      int64  // of the examples
	set     string // an example of the flags of set
}

// resource is a type that stands for a kind, so that the four commands below are
// written once.
type resource interface{ kind() kind }

// resourceCommands are the commands of a kind. F are the flags of set, with the
// names that they have in JSON.
type resourceCommands[R resource, F any] struct {
	List   listCommand[R]   `cmd:"" help:"List them."`
	Show   showCommand[R]   `cmd:"" help:"Show one."`
	Set    setCommand[R, F] `cmd:"" help:"Make one, or change what the flags say."`
	Remove removeCommand[R] `cmd:"" help:"Remove one that nothing else names."`
}

func (resourceCommands[R, F]) Help() string {
	var r R
	k := r.kind()
	return fmt.Sprintf("Example:\n\n  %s list\n  %s set %d %s", k.command, k.command, k.id, k.set)
}

type listCommand[R resource] struct{ administration }

func (listCommand[R]) Help() string {
	var r R
	return fmt.Sprintf("Example:\n\n  %s list\n  %s list --json", r.kind().command, r.kind().command)
}

func (c listCommand[R]) Run(p *process) error {
	var r R
	k := r.kind()
	path, err := c.at(p, k.path)
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, o object) error { return table(p, o.get(k.path), k.columns...) })
}

type showCommand[R resource] struct {
	administration
	ID int64 `arg:"" help:"Its id."`
}

func (showCommand[R]) Help() string {
	var r R
	return fmt.Sprintf("Example:\n\n  %s show %d", r.kind().command, r.kind().id)
}

func (c showCommand[R]) Run(p *process) error {
	var r R
	path, err := c.at(p, r.kind().path, strconv.FormatInt(c.ID, 10))
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, showMembers)
}

type removeCommand[R resource] struct {
	administration
	ID int64 `arg:"" help:"Its id."`
}

func (removeCommand[R]) Help() string {
	var r R
	return fmt.Sprintf("Example:\n\n  %s remove %d", r.kind().command, r.kind().id)
}

func (c removeCommand[R]) Run(p *process) error {
	var r R
	path, err := c.at(p, r.kind().path, strconv.FormatInt(c.ID, 10))
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodDelete, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		_, err := fmt.Fprintf(p.stdout, "%s %d is removed\n", r.kind().noun, c.ID)
		return err
	})
}

type setCommand[R resource, F any] struct {
	administration
	ID    int64  `arg:"" help:"Its id, which is yours to choose."`
	File  string `help:"The whole definition in JSON; - is the standard input. Flags come on top." placeholder:"FILE"`
	Flags F      `embed:""`
}

func (setCommand[R, F]) Help() string {
	var r R
	k := r.kind()
	return fmt.Sprintf(`Makes a %s, or changes what the flags say and leaves the rest. With --file the
definition becomes what stands there, and what is left out gets its default.

Example:

  %s set %d %s
  %s show %d --json | %s set %d --file -`, k.noun, k.command, k.id, k.set, k.command, k.id, k.command, k.id+1)
}

func (c setCommand[R, F]) Run(p *process) error {
	var r R
	k := r.kind()
	said, err := c.said(p)
	if err != nil {
		return err
	}
	path, err := c.at(p, k.path, strconv.FormatInt(c.ID, 10))
	if err != nil {
		return err
	}
	var whole object
	if c.File != "" {
		whole, err = definition(p, c.File)
	} else {
		whole, err = c.present(p, path)
	}
	if err != nil {
		return err
	}
	for _, m := range said {
		whole.set(m.name, m.value)
	}
	b, err := c.call(p, http.MethodPut, path, encode(whole))
	if err != nil {
		return err
	}
	return c.printed(p, b, showMembers)
}

// completed are flags that say more than they hold, such as a password's file.
type completed interface {
	complete(p *process, o *object) error
	// stdin: they are read from the standard input.
	stdin() bool
}

var (
	errOneInput     = usageError("the standard input is one file: only one flag may name it with -")
	errNothingToSet = usageError("there is nothing to set: say what with flags, or with --file")
)

// said answers what the flags say. Nothing said is wrong use.
func (c *setCommand[R, F]) said(p *process) (object, error) {
	more, _ := any(&c.Flags).(completed)
	inputs := 0
	for _, named := range []bool{c.File == "-", c.PasswordFile == "-", more != nil && more.stdin()} {
		if named {
			inputs++
		}
	}
	if inputs > 1 {
		return nil, errOneInput
	}
	o, err := readObject(encode(c.Flags))
	if err == nil && more != nil {
		err = more.complete(p, &o)
	}
	if err == nil && len(o) == 0 && c.File == "" {
		err = errNothingToSet
	}
	return o, err
}

// present answers the definition as it is, an empty one for what is new.
func (c *setCommand[R, F]) present(p *process, path string) (object, error) {
	b, err := c.call(p, http.MethodGet, path, nil)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readObject(b)
}

// definition reads a JSON object from a file.
func definition(p *process, file string) (object, error) {
	b, err := readFile(p, file)
	if err != nil {
		return nil, err
	}
	o, err := readObject(b)
	if err != nil {
		return nil, usageError(fmt.Sprintf("%s cannot be read as a definition: %v", file, err))
	}
	return o, nil
}

// ids is a list of ids with commas between them; an empty text is an empty list.
type ids []int64

// UnmarshalText reads the list.
func (l *ids) UnmarshalText(text []byte) error {
	*l = ids{}
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(fmt.Appendf(nil, "[%s]", text), (*[]int64)(l)); err != nil {
		return fmt.Errorf("%q: expected ids with commas between them, such as 1,7", text)
	}
	return nil
}
