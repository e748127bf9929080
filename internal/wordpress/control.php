<?php
// Does to the site what its administrator would do: one order a line on standard input, one answer a line on standard
// output, each as JSON.
ini_set('display_errors', 'stderr');
$_SERVER['HTTP_HOST']       = getenv('SITE_HOST');
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';

// Nobody is to be written to.
function wp_mail() { return true; }
function wp_new_blog_notification() {}

$install = getenv('SITE_INSTALL') !== false;
if ($install) {
	define('WP_INSTALLING', true);
}
require getenv('SITE_ROOT') . '/wp-load.php';
if ($install) {
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
}

function obey($o) {
	global $wp_rewrite;
	switch ($o['do']) {
	case 'install':
		$made = wp_install($o['title'], 'landlord', 'landlord@example.test', true, '', 'not-a-secret');
		foreach (get_posts(array('post_type' => 'any', 'post_status' => 'any', 'numberposts' => -1)) as $p) {
			wp_delete_post($p->ID, true);
		}
		return $made['user_id'];
	case 'option':
		update_option($o['name'], $o['value']);
		if ($o['name'] === 'permalink_structure') {
			$wp_rewrite->init();
			flush_rewrite_rules(false);
		}
		return true;
	case 'theme':
		switch_theme($o['name']);
		return get_stylesheet();
	case 'user':
		return wp_insert_user(array('user_login' => $o['name'], 'user_pass' => 'not-a-secret', 'role' => 'subscriber'));
	case 'post':
		$at = gmdate('Y-m-d H:i:s', time() - 86400 * $o['age_days']);
		return wp_insert_post(array(
			'post_title' => $o['title'], 'post_name' => $o['slug'], 'post_type' => $o['type'], 'post_status' => 'publish',
			'post_author' => 1, 'post_content' => $o['content'], 'comment_status' => $o['comment_status'],
			'ping_status' => 'closed', 'post_date_gmt' => $at, 'post_date' => $at,
		), true);
	case 'status':
		return wp_update_post(array('ID' => $o['id'], 'comment_status' => $o['comment_status']), true);
	case 'comment':
		$at = gmdate('Y-m-d H:i:s', time() - 3600 * $o['age_hours']);
		return wp_insert_comment(array(
			'comment_post_ID' => $o['post'], 'comment_author' => $o['author'], 'comment_author_email' => 'visitor@example.test',
			'comment_content' => $o['text'], 'comment_parent' => $o['parent'], 'user_id' => $o['user'],
			'comment_type' => $o['type'], 'comment_approved' => $o['waiting'] ? 0 : 1,
			'comment_date_gmt' => $at, 'comment_date' => $at,
		));
	case 'address':
		return get_permalink($o['id']);
	}
	throw new Exception('unknown order ' . $o['do']);
}

while (($line = fgets(STDIN)) !== false) {
	try {
		wp_cache_flush();
		$done = obey(json_decode($line, true));
		$answer = is_wp_error($done) ? array('error' => $done->get_error_message()) : array('done' => $done);
	} catch (Throwable $e) {
		$answer = array('error' => $e->getMessage());
	}
	fwrite(STDOUT, json_encode($answer) . "\n");
}
