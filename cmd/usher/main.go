// Command usher is the chat engagement server and its tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"usher/internal/app"
)

// commands are usher's own; each is a thin file.
type commands struct {
	Serve      serveCommand                             `cmd:"" help:"Run the server."`
	Site       siteCommands                             `cmd:"" help:"Administer a site: settings, rules, hours, profiles, and what is live."`
	Account    resourceCommands[accounts, accountFlags] `cmd:"" help:"Administer the accounts of a site."`
	Queue      resourceCommands[queues, queueFlags]     `cmd:"" help:"Administer the queues of a site."`
	Transcript transcriptCommand                        `cmd:"" help:"Show what happened in an engagement."`
	Archive    archiveCommands                          `cmd:"" help:"Search what was said, reports, and the archive itself."`
	Backup     backupCommand                            `cmd:"" help:"Copy everything while the server runs."`
	Erase      eraseCommand                             `cmd:"" help:"Erase somebody's engagements."`
	Chat       chatCommand                              `cmd:"" help:"Chat as a visitor in the terminal."`
	Agent      agentCommand                             `cmd:"" help:"Serve visitors as an agent in the terminal."`
	Version    versionCommand                           `cmd:"" help:"Print the version."`
	Help       helpCommand                              `cmd:"" help:"Show help for a command, with an example."`
}

// Exit codes: done, refused or failed, wrong use.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// process is what a command may touch of the process it runs in.
type process struct {
	ctx    context.Context // ends with the first signal
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitFailed) // what was acknowledged is durable either way
	}()
	return execute(args, &process{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr})
}

// execute parses the arguments and runs the command they name.
func execute(args []string, p *process) int {
	var c commands
	left := -1 // set when the parser itself answered, as for --help
	parser, err := kong.New(&c,
		kong.Name("usher"),
		kong.Description("A chat engagement server for contact centres and bots."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { left = code; panic(exited{}) }),
		kong.Configuration(readConfig),
		kong.Bind(p),
	)
	if err != nil {
		fmt.Fprintln(p.stderr, "usher:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	return guarded(&left, func() int {
		k, err := parser.Parse(args)
		if err != nil {
			fmt.Fprintf(p.stderr, "usher: %v: see usher --help\n", err)
			return exitUsage
		}
		return exitCode(p, k.Run(p, parser))
	})
}

// exited unwinds the parser after it has answered by itself.
type exited struct{}

func guarded(left *int, f func() int) (code int) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exited); !ok {
				panic(r)
			}
			code = *left
		}
	}()
	return f()
}

// exitCode tells how a command ended, with one line that says why it failed.
func exitCode(p *process, err error) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(p.stderr, "usher:", err)
	if _, ok := errors.AsType[*app.UsageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// usageError is a wrong use of a client command.
type usageError string

func (e usageError) Error() string { return string(e) }

// version answers the version that the program was built as.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "development"
	}
	return v + " " + info.GoVersion
}

type versionCommand struct{}

func (versionCommand) Help() string { return "Example:\n\n  usher version" }

func (versionCommand) Run(p *process) error {
	_, err := fmt.Fprintln(p.stdout, "usher", version())
	return err
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command to explain."`
}

func (helpCommand) Help() string { return "Example:\n\n  usher help serve" }

func (h helpCommand) Run(parser *kong.Kong) error {
	_, err := parser.Parse(append(h.Command, "--help"))
	if err != nil {
		return usageError(err.Error())
	}
	return nil
}
