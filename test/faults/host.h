/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the addresses at which a user network of QEMU may answer for the host. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GATEWAY "10.0.2.2"
#define NAMESERVER "10.0.2.3"

static inline struct sockaddr_in at(const char *address, int port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	inet_pton(AF_INET, address, &in.sin_addr);
	return in;
}

/* The length of what answers a datagram within a second; 0 where nothing does. */
static inline ssize_t ask(int from, struct sockaddr_in to, const void *question,
			  size_t size, void *answer, size_t room)
{
	struct sockaddr_in own = at("0.0.0.0", from);
	int sock = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;
	struct pollfd answered = { .fd = sock, .events = POLLIN };
	ssize_t got = 0;

	setsockopt(sock, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
	/* There is no route for a broadcast. */
	setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4);
	if (bind(sock, (struct sockaddr *)&own, sizeof(own)) == 0 &&
	    sendto(sock, question, size, 0, (struct sockaddr *)&to, sizeof(to)) > 0 &&
	    poll(&answered, 1, 1000) > 0)
		got = recv(sock, answer, room, 0);
	close(sock);
	return got > 0 ? got : 0;
}

static inline void result(int number, int good, const char *name)
{
	printf("%sok %d %s\n", good ? "" : "not ", number, name);
}
