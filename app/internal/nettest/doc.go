// Package nettest puts the real client (engine, link and files, wired as package app wires them) and the real
// server together, and what lies between them goes wrong: a day of sleep, restarts and idleness in a synctest
// bubble, bad networks on loopback, servers that do not keep to the protocol. Or everything happens in one second, or the
// server's clock leaps. It has tests only.
package nettest
