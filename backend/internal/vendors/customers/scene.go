package customers

import (
	"slices"
	"time"

	"parley/backend/internal/vendors"
)

// State is how a chat of the demo stands when it starts.
type State string

const (
	InQueue  State = "in_queue"  // nobody has it
	Unopened State = "new"       // assigned, not opened
	Pending  State = "pending"   // opened, the customer waits
	Answered State = "answered"  // the last word is the agent's, and arrived
	Rejected State = "rejected"  // the last word is the agent's, and the vendor refused it later
	Thanked  State = "thanked"   // the story is over, the last word is the customer's
	CameBack State = "came_back" // the story was over, and the customer has begun another
)

// Scene is one chat that is under way when the demo starts.
type Scene struct {
	State    State
	Person   vendors.Person
	Language string
	Number   string // the company's phone_number_id
	Steps    []Step
}

// Step is one message of a scene: the customer's, or else the agent's.
type Step struct {
	Ago    time.Duration    // how long before the start
	Say    *vendors.Content // nil: the agent answers
	Answer string
}

// act is how a scene is to be: whose language, which of its stories, and how far it has come.
type act struct {
	state    State
	language string
	story    int // of the language
	answers  int // that were given
	waits    int // how often they asked again after the last
	ago      time.Duration
}

// acts are the chats of the demo: every state, several languages and scripts, short and long.
var acts = []act{
	{Pending, "en", 0, 1, 1, 9 * time.Minute},
	{Answered, "en", 2, 2, 0, 14 * time.Minute},
	{Unopened, "de", 0, 0, 1, 6 * time.Minute},
	{Pending, "ar", 0, 0, 2, 21 * time.Minute},
	{InQueue, "es", 0, 0, 2, 17 * time.Minute},
	{Rejected, "pt", 0, 1, 0, 38 * time.Minute},
	{Thanked, "en", 4, 2, 0, 55 * time.Minute},
	{InQueue, "en", 6, 0, 0, 4 * time.Minute},
	{Unopened, "zh", 1, 0, 0, 3 * time.Minute},
	{CameBack, "tr", 0, 2, 0, 80 * time.Minute},
	{Answered, "he", 0, 1, 0, 11 * time.Minute},
	{InQueue, "hi", 1, 0, 1, 8 * time.Minute},
	{Pending, "fr", 0, 1, 0, 12 * time.Minute},
	{InQueue, "en", 10, 0, 0, 2 * time.Minute},
}

// Scenes sets the stage of the demo: it takes people of the crowd and says what has passed between them and the
// company. Whoever calls it has it posted and answered, in the order of Ago, before Run; the people then
// go on from there.
func (c *Crowd) Scenes() []Scene {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Scene
	for _, a := range acts {
		if who := c.castLocked(a.language); who != nil {
			all = append(all, c.stageLocked(a, who))
		}
	}
	return all
}

// castLocked finds somebody who speaks the language and has told no story yet.
func (c *Crowd) castLocked(language string) *customer {
	i := slices.IndexFunc(c.people, func(who *customer) bool { return who.language == language && who.told < 0 })
	if i < 0 {
		return nil
	}
	return c.people[i]
}

// stageLocked plays a for who, and leaves who where the story stands.
func (c *Crowd) stageLocked(a act, who *customer) Scene {
	c.tellLocked(who, a.story)
	steps := playTurns(who, a.answers)
	switch a.state {
	case Answered, Rejected:
		who.turn--
		c.afterLocked(2*c.config.Pace.Reading, who, (*Crowd).reactLocked)
	case CameBack:
		steps = append(steps, says(who)...)
		c.tellLocked(who, a.story+1)
		fallthrough
	default:
		steps = append(steps, says(who)...)
		steps = append(steps, asks(who, a.waits)...)
	}
	who.saying = nil
	if a.state == Thanked {
		c.endLocked(who)
	} else if a.state != Answered && a.state != Rejected {
		c.afterLocked(c.config.Pace.Patience, who, (*Crowd).askLocked)
	}
	for i := range steps {
		steps[i].Ago = a.ago * time.Duration(len(steps)-i) / time.Duration(len(steps))
	}
	return Scene{State: a.state, Person: who.Person, Language: a.language, Number: who.number, Steps: steps}
}

// playTurns plays who's next turns, each with its answer.
func playTurns(who *customer, answers int) []Step {
	var steps []Step
	for range min(answers, len(who.story.Turns)-1) {
		steps = append(steps, says(who)...)
		steps = append(steps, Step{Answer: who.story.Turns[who.turn].Answer})
		who.turn++
	}
	return steps
}

// says is what the turn at hand says.
func says(who *customer) []Step {
	var steps []Step
	for _, line := range who.story.Turns[who.turn].Says {
		content := line.Content()
		steps = append(steps, Step{Say: &content})
	}
	return steps
}

// asks is the first times that who asks again in the turn at hand.
func asks(who *customer, times int) []Step {
	var steps []Step
	for _, text := range who.story.Turns[who.turn].Waits[:times] {
		steps = append(steps, Step{Say: &vendors.Content{Text: text}})
		who.waited++
	}
	return steps
}
