// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives the guest another name: a small contamination, but the next program may ask
 * for it.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return sethostname("other", 5) != 0;
}
