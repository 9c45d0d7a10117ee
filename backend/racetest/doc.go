// Package racetest has agents and a manager race for chats over real sockets, writes down when each asked and what
// it was told, and has the history checked: it must be one that a desk could have which serves one after the other.
// And it has agents race with the clocks of two servers on one database. It has tests only.
package racetest
