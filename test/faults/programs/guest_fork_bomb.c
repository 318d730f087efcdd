// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=2 */
/*
 * A fork bomb: the children of its children fork as well, and none of them
 * ends.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	for (;;) {
		fork();
		memset(malloc(1 << 17), 1, 1 << 17);
	}
}
