// SPDX-License-Identifier: GPL-2.0-only
/*
 * Knocks at the ports of the gateway, which stands for the host's own
 * 127.0.0.1: the services of a developer's machine listen there unguarded.
 */
#include <errno.h>
#include "../host.h"

#define AT_ONCE 500
#define LAST_PORT 10000

/* How many ports from this one on take a connection. */
static int open_ports(const char *address, int first)
{
	struct pollfd knocks[AT_ONCE];
	int reached = 0;

	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_in to = at(address, first + i);

		knocks[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		knocks[i].events = POLLOUT;
		connect(knocks[i].fd, (struct sockaddr *)&to, sizeof(to));
	}
	poll(NULL, 0, 100);
	poll(knocks, AT_ONCE, 0);
	for (int i = 0; i < AT_ONCE; i++) {
		int error = ENOTCONN;
		socklen_t size = sizeof(error);

		if (knocks[i].revents & POLLOUT)
			getsockopt(knocks[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
		reached += error == 0;
		close(knocks[i].fd);
	}
	return reached;
}

int main(void)
{
	int gateway = 0;

	puts("TAP version 13\n1..2");
	for (int port = 1; port < LAST_PORT; port += AT_ONCE)
		gateway += open_ports(GATEWAY, port);
	result(1, gateway == 0, "host_is_not_reached_by_the_gateway");
	result(2, open_ports(NAMESERVER, 1) == 0, "host_is_not_reached_by_the_nameserver");
	return 0;
}
