package customers

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := Parse("# who\n@ en Ann Lee\n\n= en A parcel\n> Hi\n>[image box.png] Look\n~ Hello?\n< One moment\n> Ok\\nthanks\n>[place] Here\n")
	if err != nil {
		t.Fatal(err)
	}
	want := &Stock{People: []Somebody{{"en", "Ann Lee"}}, Stories: []Story{{Language: "en", Title: "A parcel", Turns: []Turn{
		{Says: []Line{{Text: "Hi"}, {Text: "Look", Kind: "image", File: "box.png"}}, Waits: []string{"Hello?"}, Answer: "One moment"},
		{Says: []Line{{Text: "Ok\nthanks"}, {Text: "Here", Kind: "place"}}},
	}}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseRefuses(t *testing.T) {
	const good = "@ en Ann\n= en A\n> Hi\n"
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":                  "",
		"nobody":                   "= en A\n> Hi\n",
		"no story":                 "@ en Ann\n",
		"no story in the language": "@ de Ann\n= en A\n> Hi\n",
		"a story of nothing":       good + "= en B\n",
		"an unknown mark":          good + "! what\n",
		"a line before a story":    "> Hi\n" + good,
		"an answer first":          good + "= en B\n< Hi\n",
		"two answers":              good + "< a\n< b\n",
		"an empty text":            good + ">\n",
		"an empty answer":          good + "<\n",
		"a kind nobody knows":      good + ">[hologram x] y\n",
		"a file without a name":    good + ">[image] y\n",
		"a bracket":                good + ">[image y\n",
		"no language":              good + "@ Ann\n",
		"too long a text":          good + "> " + strings.Repeat("x", maxLine+1) + "\n",
		"too much":                 good + strings.Repeat("#\n", maxStock/2),
		"no UTF-8":                 good + "> \xff\n",
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestEmbedded holds the stock to what the demo needs of it.
func TestEmbedded(t *testing.T) {
	s := Embedded()
	lines, languages, kinds := map[string]bool{}, map[string]bool{}, map[string]int{}
	var rightToLeft, emoji, long, oneWord, answers int
	for _, story := range s.Stories {
		languages[story.Language] = true
		for i, turn := range story.Turns {
			for _, l := range turn.Says {
				kinds[l.Kind]++
				lines[l.Text] = true
				long += count(utf8.RuneCountInString(l.Text) > 500)
				oneWord += count(l.Text != "" && !strings.ContainsAny(l.Text, " ") && len(l.Text) < 12)
				rightToLeft += count(strings.ContainsFunc(l.Text, func(r rune) bool { return unicode.In(r, unicode.Arabic, unicode.Hebrew) }))
				emoji += count(strings.ContainsFunc(l.Text, func(r rune) bool { return r >= 0x1F300 }))
			}
			for _, w := range turn.Waits {
				lines[w] = true
			}
			answers += count(turn.Answer != "")
			if last := i == len(story.Turns)-1; last != (turn.Answer == "") {
				t.Errorf("%q: the answer of turn %d", story.Title, i+1)
			}
		}
		if len(story.Turns[0].Waits) == 0 {
			t.Errorf("%q: nobody waits", story.Title)
		}
	}
	if len(lines) < 120 || len(languages) < 9 || answers < 40 {
		t.Errorf("%d lines, %d languages, %d answers", len(lines), len(languages), answers)
	}
	if rightToLeft < 5 || emoji < 5 || long < 1 || oneWord < 3 {
		t.Errorf("right to left %d, emoji %d, long %d, one word %d", rightToLeft, emoji, long, oneWord)
	}
	for _, kind := range []string{"image", "document", "audio", "place"} {
		if kinds[kind] == 0 {
			t.Errorf("nobody sends a %s", kind)
		}
	}
	longest := 0
	for _, one := range s.People {
		longest = max(longest, utf8.RuneCountInString(one.Name))
	}
	if len(s.People) < 40 || longest < 80 {
		t.Errorf("%d people, the longest name has %d characters", len(s.People), longest)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestContent(t *testing.T) {
	image := Line{Kind: "image", File: "box.png", Text: "Look"}.Content()
	if _, err := png.Decode(bytes.NewReader(image.File.Data)); err != nil || image.Text != "Look" || image.File.MIME != "image/png" {
		t.Errorf("%v %+v", err, image.File.MIME)
	}
	if again := (Line{Kind: "image", File: "box.png", Text: "Look"}).Content(); !bytes.Equal(again.File.Data, image.File.Data) {
		t.Error("the same line carries another file")
	}
	if d := (Line{Kind: "document", File: "a.pdf"}).Content(); !bytes.HasPrefix(d.File.Data, []byte("%PDF-")) || d.File.Name != "a.pdf" {
		t.Errorf("%+v", d.File)
	}
	if a := (Line{Kind: "audio", File: "v.ogg"}).Content(); !bytes.HasPrefix(a.File.Data, []byte("OggS")) {
		t.Error("not Ogg")
	}
	if p := (Line{Kind: "place", Text: "Here"}).Content(); p.Place.Name != "Here" || p.Text != "" {
		t.Errorf("%+v", p)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("@ en Ann\n= en A\n>[image a.png] b\n~ c\n< d\n> e\n")
	f.Add(embedded)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		for _, story := range s.Stories {
			for _, turn := range story.Turns {
				if len(turn.Says) == 0 {
					t.Errorf("%q has a turn that says nothing", story.Title)
				}
			}
		}
	})
}
