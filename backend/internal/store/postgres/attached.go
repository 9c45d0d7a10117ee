package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// application names the connections of Parley's programs among those of the database.
const application = "parley"

// Attached returns how many connections of Parley's programs the database that url names has, as far as its user may see.
// A server keeps one as long as it runs, unless the network between was just cut.
func Attached(ctx context.Context, url string) (int, error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return 0, fmt.Errorf("postgres: %w", errAddress)
	}
	c, err := connect(ctx, config)
	if err != nil {
		return 0, err
	}
	defer c.close()
	found, err := values(ctx, c, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '"+
		application+"' AND pid <> pg_backend_pid()")
	if err != nil {
		return 0, fmt.Errorf("postgres: look for servers: %w", err)
	}
	return strconv.Atoi(found[0])
}
