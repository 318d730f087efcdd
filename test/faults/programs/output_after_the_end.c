// SPDX-License-Identifier: GPL-2.0-only
/*
 * A grandchild goes on printing without end where its parent has passed: the
 * channel of the two never falls silent. It stays when nobody listens any more.
 */
#include <signal.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	if (fork())
		return 0;
	setsid();
	signal(SIGPIPE, SIG_IGN);
	/* Not before the channel has seen its parent's end. */
	usleep(300 * 1000);
	while (puts("not ok 2 late") >= 0)
		;
	for (;;)
		pause();
}
