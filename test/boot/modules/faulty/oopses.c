// SPDX-License-Identifier: GPL-2.0-only
/* Dereferences an address of nothing, in init or in exit. */
#include <linux/init.h>
#include <linux/module.h>

static bool late;
module_param(late, bool, 0444);

static noinline void dereference(void)
{
	int *nowhere = (int *)16;

	OPTIMIZER_HIDE_VAR(nowhere);
	*nowhere = 1;
}

static int __init oopses_init(void)
{
	if (!late)
		dereference();
	return 0;
}

static void __exit oopses_exit(void)
{
	dereference();
}

module_init(oopses_init);
module_exit(oopses_exit);
MODULE_DESCRIPTION("Oopses");
MODULE_LICENSE("GPL");
