// SPDX-License-Identifier: GPL-2.0-only
/* Loses what it allocates: kmemleak finds it. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

static int __init leaks_init(void)
{
	void *lost = kmalloc(40, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
	return lost ? 0 : -ENOMEM;
}

static void __exit leaks_exit(void)
{
}

module_init(leaks_init);
module_exit(leaks_exit);
MODULE_DESCRIPTION("Leaks");
MODULE_LICENSE("GPL");
