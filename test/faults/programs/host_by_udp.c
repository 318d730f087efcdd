// SPDX-License-Identifier: GPL-2.0-only
/* Asks the name server and the file server that a user network may offer, and the host's time. */
#include "../host.h"

int main(void)
{
	/* The address of example.com. */
	static const char name[] = "\0\1\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1";
	static const char file[] = "\0\1/etc/passwd\0octet";
	static const char hour[48] = { 0x23 };
	char answer[1500] = "";
	ssize_t got;

	puts("TAP version 13\n1..3");
	result(1, !ask(0, at(NAMESERVER, 53), name, sizeof(name) - 1, answer, sizeof(answer)),
	       "host_is_not_reached_by_dns");
	got = ask(0, at(GATEWAY, 69), file, sizeof(file), answer, sizeof(answer));
	/* 3 is data, 5 an error. */
	result(2, got < 2 || answer[1] != 3, "host_is_not_reached_by_tftp");
	result(3, !ask(0, at(GATEWAY, 123), hour, sizeof(hour), answer, sizeof(answer)),
	       "host_is_not_reached_by_ntp");
	return 0;
}
