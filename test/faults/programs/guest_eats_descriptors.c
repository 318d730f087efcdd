// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes every file descriptor it can get, and gives them back by its end: no
 * harm lasts.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	while (dup(0) >= 0)
		;
	return 0;
}
