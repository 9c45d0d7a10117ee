// Package customers is the people who write to the company: seeded, at a human pace or any other, in their own
// languages and with their own matters, who wait, ask again, answer back and come again later. They write through
// package vendors. What they say stands in stock.txt, which explains its form itself.
package customers

import (
	_ "embed"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"parley/backend/internal/vendors"
	"parley/backend/internal/vendors/files"
)

// Bounds of a stock.
const (
	maxStock   = 256 << 10 // bytes
	maxLine    = 4096      // runes of a text, which is the vendor's limit too
	maxPeople  = 1000
	maxStories = 1000
)

// Stock is what there is to say, and by whom.
type Stock struct {
	People  []Somebody
	Stories []Story
}

// Somebody is a person of the stock.
type Somebody struct {
	Language string
	Name     string
}

// Story is a conversation as it usually goes.
type Story struct {
	Language string
	Title    string
	Turns    []Turn
}

// Turn is what a customer says until somebody answers.
type Turn struct {
	Says   []Line
	Waits  []string // asked again while nobody answers
	Answer string   // what an agent might answer; "" at the end of a story
}

// Line is one message of a customer.
type Line struct {
	Text string
	Kind string // "" for a text, else image, document, audio or place
	File string // its name
}

//go:embed stock.txt
var embedded string

// Embedded returns the stock that comes with the program.
var Embedded = sync.OnceValue(func() *Stock {
	s, err := Parse(embedded)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return s
})

// Parse reads a stock in the form that stock.txt describes. Everything in it is used: a line out of place is
// an error that names its number.
func Parse(text string) (*Stock, error) {
	if len(text) > maxStock || !utf8.ValidString(text) {
		return nil, errors.New("customers: the stock is too long or not UTF-8")
	}
	p := parser{stock: &Stock{}}
	for i, line := range strings.Split(text, "\n") {
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("customers: line %d of the stock: %w", i+1, err)
		}
	}
	if err := p.stock.check(); err != nil {
		return nil, fmt.Errorf("customers: the stock: %w", err)
	}
	return p.stock, nil
}

// check reports what makes a stock of no use.
func (s *Stock) check() error {
	told := map[string]bool{}
	for _, story := range s.Stories {
		told[story.Language] = true
		if len(story.Turns) == 0 {
			return fmt.Errorf("%q says nothing", story.Title)
		}
	}
	for _, one := range s.People {
		if !told[one.Language] {
			return fmt.Errorf("nobody tells a story in %q", one.Language)
		}
	}
	if len(s.People) == 0 || len(s.People) > maxPeople || len(s.Stories) > maxStories {
		return errors.New("too few or too many people or stories")
	}
	return nil
}

// parser gathers lines into stories.
type parser struct{ stock *Stock }

func (p *parser) line(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	mark, rest := line[0], strings.ReplaceAll(strings.TrimSpace(line[1:]), `\n`, "\n")
	switch mark {
	case '@', '=':
		return p.begin(mark, rest)
	case '>', '~', '<':
		if len(p.stock.Stories) == 0 {
			return errors.New("before the first story")
		}
		return p.tell(mark, rest, &p.stock.Stories[len(p.stock.Stories)-1])
	}
	return errors.New("unknown mark")
}

// begin reads a person or the title of a story.
func (p *parser) begin(mark byte, rest string) error {
	language, name, ok := strings.Cut(rest, " ")
	if !ok || len(language) != 2 || name == "" {
		return errors.New("needs a language and a name")
	}
	if mark == '@' {
		p.stock.People = append(p.stock.People, Somebody{language, name})
		return nil
	}
	p.stock.Stories = append(p.stock.Stories, Story{Language: language, Title: name})
	return nil
}

// tell adds a line to s. What a customer says after an answer begins the next turn.
func (p *parser) tell(mark byte, rest string, s *Story) error {
	if mark == '>' {
		line, err := readLine(rest)
		if err != nil {
			return err
		}
		if len(s.Turns) == 0 || s.Turns[len(s.Turns)-1].Answer != "" {
			s.Turns = append(s.Turns, Turn{})
		}
		turn := &s.Turns[len(s.Turns)-1]
		turn.Says = append(turn.Says, line)
		return nil
	}
	if len(s.Turns) == 0 || s.Turns[len(s.Turns)-1].Answer != "" {
		return errors.New("before the customer said anything")
	}
	if rest == "" || utf8.RuneCountInString(rest) > maxLine {
		return errors.New("no text, or too long")
	}
	turn := &s.Turns[len(s.Turns)-1]
	if mark == '~' {
		turn.Waits = append(turn.Waits, rest)
	} else {
		turn.Answer = rest
	}
	return nil
}

func readLine(rest string) (Line, error) {
	l := Line{Text: rest}
	if inside, ok := strings.CutPrefix(rest, "["); ok {
		head, text, ok := strings.Cut(inside, "]")
		if !ok {
			return l, errors.New("a bracket that is not closed")
		}
		l.Kind, l.File, _ = strings.Cut(head, " ")
		l.Text = strings.TrimSpace(text)
	}
	switch {
	case utf8.RuneCountInString(l.Text) > maxLine:
		return l, errors.New("too long")
	case l.Kind == "image", l.Kind == "document", l.Kind == "audio":
		if l.File == "" {
			return l, errors.New("a file without a name")
		}
	case l.Kind == "place", l.Kind == "":
		if l.Text == "" || l.File != "" {
			return l, errors.New("no text")
		}
	default:
		return l, errors.New("unknown kind of message")
	}
	return l, nil
}

// Content makes the message of l. The same line always carries the same file.
func (l Line) Content() vendors.Content {
	h := fnv.New64a()
	_, _ = h.Write([]byte(l.File + l.Text))
	seed := h.Sum64()
	switch l.Kind {
	case "image":
		return vendors.Content{Text: l.Text, File: &vendors.File{Kind: "image", Name: l.File, MIME: "image/png", Data: files.PNG(seed)}}
	case "document":
		return vendors.Content{Text: l.Text, File: &vendors.File{Kind: "document", Name: l.File, MIME: "application/pdf",
			Data: files.PDF("Copy of a document", fmt.Sprintf("No. %d", seed%1_000_000), "Thank you for your custom.")}}
	case "audio":
		return vendors.Content{File: &vendors.File{Kind: "audio", Name: l.File, MIME: "audio/ogg; codecs=opus",
			Data: files.Ogg(time.Duration(2+seed%7) * time.Second)}}
	case "place":
		return vendors.Content{Place: &vendors.Place{Latitude: 51.4545, Longitude: -2.5879, Name: l.Text}}
	}
	return vendors.Content{Text: l.Text}
}
