package desk

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/backend/chat"
)

// setOf is change for what is set of a chat, in whatever assignment it is (rule G11).
func (d *decision) setOf(me *Agent, cmd *chat.Command, do func(c *chat.Chat) ending) ending {
	c, why := d.theirs(me, cmd.Kind, cmd.Chat)
	return d.unless(why, &c, do)
}

func (d *decision) setPriority(me *Agent, cmd *chat.Command) ending {
	return d.setOf(me, cmd, func(c *chat.Chat) ending {
		switch {
		case cmd.Priority < chat.Unset || cmd.Priority > chat.Low:
			return refused(chat.BadValue, "priority")
		case cmd.Priority == c.Priority:
			return nothing
		}
		d.note(c, "priority", me.Name, strconv.Itoa(int(cmd.Priority)))
		c.Priority = cmd.Priority
		chat.Passed(c, d.settings(c.Team), d.now)
		return done
	})
}

func (d *decision) setAlias(me *Agent, cmd *chat.Command) ending {
	return d.setOf(me, cmd, func(c *chat.Chat) ending {
		alias, why := words(cmd.Text, chat.MaxAlias)
		switch {
		case why.outcome != "":
			return why
		case alias == c.Alias:
			return nothing
		}
		if other, taken := d.was.ChatByAlias(alias); alias != "" && taken && other.ID != c.ID {
			return refused(chat.Duplicate, "alias")
		}
		c.Alias = alias
		return done
	})
}

// words returns s as one line, or that it is longer than limit.
func words(s string, limit int) (string, ending) {
	w := strings.Join(strings.Fields(clean(s, utf8.RuneCountInString(s))), " ")
	if n := utf8.RuneCountInString(w); n > limit {
		return "", refused(chat.TooLong, strconv.Itoa(n), strconv.Itoa(limit))
	}
	return w, ending{}
}

// setTags takes tags away and then adds others behind those that stay.
func (d *decision) setTags(me *Agent, cmd *chat.Command) ending {
	return d.setOf(me, cmd, func(c *chat.Chat) ending {
		tags, why := tagged(c.Tags, cmd)
		switch {
		case why.outcome != "":
			return why
		case slices.Equal(tags, c.Tags):
			return nothing
		}
		c.Tags = tags
		return done
	})
}

// tagged returns what tags become by a command.
func tagged(tags []string, cmd *chat.Command) ([]string, ending) {
	now := slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return has(cmd.Untags, t) })
	for _, t := range cmd.Tags {
		tag, why := words(t, chat.MaxTag)
		switch {
		case why.outcome != "":
			return nil, why
		case tag == "":
			return nil, refused(chat.BadValue, "tags")
		case has(now, tag):
			continue
		case len(now) == chat.MaxTags:
			return nil, refused(chat.TooMany, strconv.Itoa(chat.MaxTags))
		}
		now = append(now, tag)
	}
	return now, ending{}
}

// has reports whether a tag is among tags, whatever the case.
func has(tags []string, tag string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) })
}

// setOrder keeps how an agent has a list sorted (rule L3).
func (d *decision) setOrder(me *Agent, cmd *chat.Command) ending {
	a := *me
	kept, known := &a.MyOrder, chat.MyOrders
	switch cmd.List {
	case chat.MyList:
	case chat.QueueList:
		kept, known = &a.QueueOrder, chat.QueueOrders
	default:
		return refused(chat.BadValue, "list")
	}
	switch {
	case !slices.Contains(known, cmd.Order):
		return refused(chat.BadValue, "order")
	case cmp.Or(*kept, known[0]) == cmd.Order:
		return nothing
	}
	*kept = cmd.Order
	d.agents.put(a.ID, a)
	return done
}
