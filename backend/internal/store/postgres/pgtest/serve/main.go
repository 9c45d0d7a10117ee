// Command serve runs a PostgreSQL server as tests have it, one that syncs its files, until its standard input ends.
// It prints the URL of an empty database. Measurements of the programs that ship use it.
package main

import (
	"fmt"
	"io"
	"os"

	"parley/backend/internal/store/postgres/pgtest"
)

func main() {
	url, err := pgtest.Serve()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(url)
	_, _ = io.Copy(io.Discard, os.Stdin) // any end is the end
}
