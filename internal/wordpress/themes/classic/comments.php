<?php
if (post_password_required()) {
	return;
}
?>
<div id="comments" class="comments-area">
<?php if (have_comments()) : ?>
<ol class="comment-list"><?php wp_list_comments(); ?></ol>
<?php if (!comments_open()) : ?>
<p class="nocomments"><?php _e('Comments are closed.'); ?></p>
<?php endif; ?>
<?php endif; ?>
<?php comment_form(); ?>
</div>
