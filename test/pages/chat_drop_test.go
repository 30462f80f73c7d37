package pages_test

import "testing"

// TestChatDrop: files come by paste and drop, too.
func TestChatDrop(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.composer().call(`function() {
		const data = new DataTransfer()
		data.items.add(new File(["pasted"], "pasted.txt", {type: "text/plain"}))
		this.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}))
	}`, nil)
	visitor.gets("pasted.txt")
	var over bool
	ada.composer().call(`function() {
		const data = new DataTransfer()
		data.items.add(new File(["dropped"], "dropped.txt", {type: "text/plain"}))
		const event = kind => new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true})
		window.drop = () => this.dispatchEvent(event("drop"))
		return !this.dispatchEvent(event("dragover"))
	}`, &over)
	if !over {
		t.Error("a file can't be dropped here")
	}
	ada.sees("Drop the file to send it to \u2068Ann Lee\u2069")
	ada.shot("over")
	ada.eval("window.drop()", nil)
	visitor.gets("dropped.txt")
	ada.seesNot("Drop the file")

	// Whoever speaks to the team sends nothing to the visitor by it.
	ada.get(role("radio", "Team only")).click()
	ada.eval("window.drop()", nil)
	ada.sees("dropped.txt: Not sent. Files can't be sent to the team alone. Choose \u2068Ann Lee\u2069 first.")
	if b := ada.get(role("button", "File")); b.properties["disabled"] != "true" {
		t.Errorf("the button for files is %v", b.properties)
	}
	ada.shot("team")
	ada.get(role("button", "Delete")).click()
	ada.seesNot("dropped.txt: Not sent.")
	if got := visitor.received(); len(got) != 2 {
		t.Errorf("the visitor got %q", got)
	}
}
