// SPDX-License-Identifier: GPL-2.0-only
/*
 * A child keeps the output open after its end: whoever waits for that waits
 * for ever.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	if (fork() == 0)
		for (;;)
			pause();
	return 0;
}
