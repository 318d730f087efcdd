// SPDX-License-Identifier: GPL-2.0-only
/* kbt: report=warning */
/* Provokes what it says it does: that counts for it, and the next one is in a fresh guest. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	fault("warn");
	return 0;
}
