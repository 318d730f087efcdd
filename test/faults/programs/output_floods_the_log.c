// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four processes write into the log faster than a serial line takes it, so
 * that some of it is lost.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	fork();
	fork();
	for (int i = 0; i < 3000; i++)
		tell("/dev/kmsg", "0123456789012345678901234567890123456789\n");
	return 0;
}
