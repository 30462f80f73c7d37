// Package pages_test drives usher's pages as people do: in a real browser, by the
// roles and names that a person or a screen reader perceives, with real keys and
// clicks, against the real program.
//
// A test begins with a server and one person for each browser that it needs:
//
//	s := startServer(t)
//	ada := newPerson(t).open(s.url("/console/"))
//	ada.get(role("button", "Log in")).click()
//	ada.sees("Available")
//
// Everything that is waited for is waited for by looking again when the page
// changes. A page that reports an error, or something that its policy forbids, fails
// its test.
package pages_test

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"usher/test/binary"
)

// patience is how long anything may take that must come: generous, for a program
// with the race detector on a busy machine. No test asserts a time with it.
const patience = 30 * time.Second

// startTries is how often the browser is started: on a busy machine it crashes now
// and then before it has done anything, which says nothing about the pages.
const startTries = 3

// atOnce is how many tests run at the same time, unless -parallel says otherwise: they
// wait for the program and the browser more than they compute.
const atOnce = "4"

var (
	// temporary is where the program and its servers are, while the tests run.
	temporary string
	// closeBrowser ends the browser, if one was started.
	closeBrowser = func() {}
)

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	flag.Parse()
	var err error
	if temporary, err = os.MkdirTemp("", "usher-pages-"); err != nil {
		fmt.Fprintln(os.Stderr, "make a directory for the tests:", err)
		os.Exit(1)
	}
	code := m.Run()
	closeBrowser()
	os.RemoveAll(temporary)
	os.Exit(code)
}

// program answers the built program's path. Tests of the pages' own units do not
// need it, so it is built when it is first asked for.
var program = sync.OnceValues(func() (string, error) { return binary.Build(temporary) })

// browserNames are what the program is called here and there.
var browserNames = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// browserPath answers the browser's path, "" when there is none.
func browserPath() string {
	for _, name := range browserNames {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// browser answers the one browser of all tests.
var browser = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browserPath()), chromedp.WindowSize(1280, 800),
		chromedp.UserDataDir(filepath.Join(temporary, "browser")),
		chromedp.Flag("autoplay-policy", "user-gesture-required"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // root has no sandbox to give away
	}
	var err error
	for range startTries {
		all, stopAll := chromedp.NewExecAllocator(context.Background(), options...)
		one, stopOne := chromedp.NewContext(all, chromedp.WithErrorf(complain))
		if err = chromedp.Run(one); err == nil {
			closeBrowser = func() {
				chromedp.Cancel(one) // waits until the process has ended; how does not matter
				stopOne()
				stopAll()
			}
			return one, nil
		}
		stopOne()
		stopAll()
	}
	return nil, fmt.Errorf("start the browser: %w", err)
})

// complain logs what the library complains of, save for events that are newer than it.
func complain(format string, args ...any) {
	if !strings.HasPrefix(format, "unhandled ") {
		log.Printf(format, args...)
	}
}

// needBrowser skips a test where there is no browser.
func needBrowser(t *testing.T) context.Context {
	t.Helper()
	if browserPath() == "" {
		t.Skipf("no browser is here: install one of %q", browserNames)
	}
	ctx, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
