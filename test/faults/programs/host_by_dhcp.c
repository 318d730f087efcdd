// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks for an address of its own. QEMU answers that itself, which is no harm, as
 * long as it names no way out: no router, no name server, no file to start.
 */
#include "../host.h"

#define OPTIONS 240

static unsigned char answer[1500];

/* Whether the answer holds an option. */
static int offers(ssize_t size, int option)
{
	for (ssize_t i = OPTIONS; i + 1 < size && answer[i] != 255;
	     i += answer[i] ? 2 + answer[i + 1] : 1)
		if (answer[i] == option)
			return 1;
	return 0;
}

int main(void)
{
	/* Discover, to be answered by broadcast; the magic cookie, the message's type, the end. */
	static unsigned char discover[300] = { 1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80 };
	static const unsigned char options[] = { 99, 130, 83, 99, 53, 1, 1, 255 };
	FILE *card;
	ssize_t got;

	memcpy(discover + OPTIONS - 4, options, sizeof(options));
	/* Its own hardware address: for another one QEMU would send all packets there. */
	card = fopen("/sys/class/net/eth0/address", "r");
	for (int i = 28; card && i < 34; i++)
		fscanf(card, "%hhx:", &discover[i]);
	got = ask(68, at("255.255.255.255", 67), discover, sizeof(discover), answer,
		  sizeof(answer));
	printf("TAP version 13\n1..3\n# %zd bytes answered\n", got);
	result(1, !offers(got, 3), "host_is_not_reached_by_a_router");
	result(2, !offers(got, 6), "host_is_not_reached_by_a_name_server");
	result(3, got <= OPTIONS || !answer[108], "host_is_not_reached_by_a_boot_file");
	return 0;
}
